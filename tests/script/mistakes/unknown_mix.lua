sim.workload { target = sim.node("server", "postgres"), mix = "G" }
