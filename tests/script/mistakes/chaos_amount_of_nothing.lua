sim.node("server", "echo")
sim.chaos { to = "20s", crash = { rate = "1/min", amount = 3 } }
