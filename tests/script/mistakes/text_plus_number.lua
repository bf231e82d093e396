local name = "node"
sim.node(name + 1, "echo")
