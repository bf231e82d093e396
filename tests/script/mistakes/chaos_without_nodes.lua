sim.chaos { to = "20s", rate = "2/s" }
sim.node("server", "echo")
