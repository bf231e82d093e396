local primary = sim.node("primary", "echo")
local standby = sim.node("standby", "echo")
sim.at("1s", function() sim.cut("primary", "standbye") end)
