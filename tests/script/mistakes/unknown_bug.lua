local a = sim.node("a", "echo", { bugs = { "of_by_one" } })
