local server = sim.node("server", "echo")
sim.expect("it is up", server:up())
