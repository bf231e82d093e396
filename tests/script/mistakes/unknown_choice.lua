local app = sim.workload { target = sim.node("server", "echo"), distribution = "zipf" }
