sim.links { delay = sim.uniform("2ms") }
