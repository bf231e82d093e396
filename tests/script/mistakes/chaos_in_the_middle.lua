sim.node("server", "echo")
sim.at("1s", function() sim.chaos { to = "20s", rate = "2/s" } end)
