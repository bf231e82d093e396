local a, b = sim.node("a", "echo"), sim.node("b", "echo")
sim.link(a, b, { loss = "150%" })
