local app = sim.workload { target = sim.node("server", "echo"), clients = 0 }
