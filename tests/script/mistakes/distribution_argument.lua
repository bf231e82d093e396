sim.links { delay = sim.lognormal("2ms", "500us") }
