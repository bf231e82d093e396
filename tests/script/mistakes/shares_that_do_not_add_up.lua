sim.workload { target = sim.node("server", "postgres"), mix = { read = 0.9, update = 0.2 } }
