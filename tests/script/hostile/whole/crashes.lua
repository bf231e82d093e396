local a = sim.node("a", "echo", {})
sim.run_for "5s" sim.at("1s", function()
 for i = 1, 1e9 do a:crash() end end)
