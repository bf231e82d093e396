local a = sim.node("a", "echo")
local b = sim.node("a", "echo")
