local a = sim.node("a", "echo")
sim.demonstrates "Echos Were Sent"
