sim.run_for "1s"
sim.check "registr"
