sim.node("server", "echo")
sim.at("10", function() end)
