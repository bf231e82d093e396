sim.workload { target = sim.node("db", "echo"), start = "9s", stop = "5s" }
