sim.node("server", "echo")
sim.chaos { rate = "2/s" }
