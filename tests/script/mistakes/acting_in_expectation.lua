sim.run_for "1s"
local a = sim.node("a", "echo")
sim.expect("nothing is broken", function() a:crash() return true end)
