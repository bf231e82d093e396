local app = sim.workload { target = sim.node("server", "echo") }
sim.at("1s", function() print(#app:view("loop")) end)
