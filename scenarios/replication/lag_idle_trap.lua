-- A trap: now() - pg_last_xact_replay_timestamp() grows while the primary is idle.
--
-- The query that most monitoring uses asks how old the last replayed commit is. With a load it is the lag.
-- When nobody writes, it is the time since anybody did: the standby has everything and seems to fall
-- behind by a second a second. In bytes the lag is 0 all along: believe those, or make a heartbeat.
sim.describe "A trap: the replay lag of an idle primary"
sim.run_for "30s"

local primary = sim.node("primary", "postgres", {})
local standby = sim.node("standby", "postgres", { upstream = primary })
sim.link(primary, standby, { delay = "500us", bandwidth = "1Gbit/s" })
sim.workload { name = "app", clients = 4, target = primary, rate = "100/s", mix = "A", stop = "10s" }
sim.mark("10s", "30s", "nobody writes")

sim.expect("the popular query says: 15 seconds behind", function()
  return standby:view("recovery")[1].replay_lag > sim.duration "15s"
end)
sim.expect("there is nothing to replay", function()
  return standby:view("recovery")[1].replay_lag_bytes == 0
     and primary:view("pg_stat_replication")[1].replay_lag_bytes == 0
end)
sim.expect("pg_stat_replication knows better: NULL", function()
  return primary:view("pg_stat_replication")[1].replay_lag == nil
end)

sim.plot("series", { of = standby, probes = "xact_replay_age", title = "Age of the last replayed commit" })
