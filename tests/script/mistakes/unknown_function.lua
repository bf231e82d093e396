local a = sim.nod("a", "echo")
