local primary = sim.node("primary", "postgres")
local standby = sim.node("standby", "postgres", { upstream = primary })
sim.run_for "1s"
sim.expect("no lag", function() return primary:view("pg_stat_replication")[1].replay_lag_byte == 0 end)
