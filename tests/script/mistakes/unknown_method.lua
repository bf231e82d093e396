local a = sim.node("a", "echo")
sim.at("1s", function() a:crsh() end)
