sim.result("lost commits", "local", "many")
