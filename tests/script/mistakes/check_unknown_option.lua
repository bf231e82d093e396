sim.check("register", { demonstrate = true })
