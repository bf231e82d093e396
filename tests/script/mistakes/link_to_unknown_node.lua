local primary = sim.node("primary", "echo")
sim.link(primary, "standbye", { delay = "1ms" })
local standby = sim.node("standby", "echo")
