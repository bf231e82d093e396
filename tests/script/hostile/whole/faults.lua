local a, b = sim.node("a", "echo"), sim.node("b", "echo") sim.at("1s", function() for i = 1, 1e8 do sim.cut(a, b) end end)
