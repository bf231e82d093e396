local a, b = sim.node("a", "echo"), sim.node("b", "echo")
sim.flap(a, b, { period = "1s", down = "1s" })
