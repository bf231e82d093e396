sim.node("a", "echo") local b = sim.node("b", "echo", { target = sim.find "a", interval = "1us" }) sim.when(function() while true do end end, function() end)
