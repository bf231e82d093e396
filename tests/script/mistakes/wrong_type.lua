sim.every("1s", "print")
