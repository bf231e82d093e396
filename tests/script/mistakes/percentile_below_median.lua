sim.links { delay = sim.lognormal("5ms", "2ms") }
