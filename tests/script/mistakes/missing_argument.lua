sim.workload { clients = 4, rate = "500/s" }
