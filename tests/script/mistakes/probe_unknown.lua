local primary = sim.node("primary", "postgres")
sim.run_for "1s"
sim.expect("no lag", function() return primary:probe "replay_lsm" == 0 end)
