sim.node("server", "echo")
sim.chaos { to = "20s", crsh = "6/min" }
