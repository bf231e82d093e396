local primary = sim.node("primary", "postgres")
sim.run_for "1s"
sim.expect("no lag", function() return primary:view("pg_stat_replicaton")[1] == nil end)
