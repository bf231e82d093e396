-- A standby is cut off for twenty seconds, and catches up.
--
-- The cut outlasts the connection: the walreceiver gives up, tries every wal_retrieve_retry_interval, and
-- when the network is back streams from where it stopped: startup, catchup, streaming. The primary still has the
-- WAL, as nothing made it recycle a segment.
sim.describe "A standby is cut off, and catches up"
sim.run_for "60s"

local primary = sim.node("primary", "postgres", {})
local standby = sim.node("standby", "postgres", { upstream = primary })
sim.link(primary, standby, { delay = sim.lognormal("500us", "2ms"), bandwidth = "200Mbit/s", reset_after = "5s" })
sim.workload { name = "app", clients = 16, target = primary, rate = "500/s", mix = "A", stop = "55s" }

sim.at("10s", function() sim.cut(primary, standby, { lasts = "20s" }) end)

sim.expect("the primary drops the connection", function()
  return #primary:view("pg_stat_replication") == 0
end, { from = "10s", by = "30s" })
sim.expect("the standby streams again", function()
  return primary:view("pg_stat_replication")[1].state == "streaming"
end)
sim.expect("and has everything", function()
  return primary:view("pg_stat_replication")[1].replay_lag_bytes == 0
end)
sim.plot("lag", { of = standby, upstream = primary })
