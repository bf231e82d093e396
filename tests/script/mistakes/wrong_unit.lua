local server = sim.node("server", "echo", { interval = "10MB" })
