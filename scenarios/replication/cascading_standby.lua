-- A standby of a standby: the primary feeds one, that one feeds another.
--
-- The cascade spares the primary's network, and adds a hop: what the second standby can have is what
-- the first has flushed. When the first one's disk is slow, both are late, and the primary sees only the
-- first.
sim.describe "Cascading replication: a standby of a standby"
sim.run_for "40s"

local primary = sim.node("primary", "postgres", {})
local near = sim.node("near", "postgres", { upstream = primary, application_name = "near", start = "500ms" })
local far = sim.node("far", "postgres", { upstream = near, application_name = "far", start = "1s" })
sim.link(primary, near, { delay = "500us", bandwidth = "1Gbit/s" })
sim.link(near, far, { delay = "40ms", bandwidth = "100Mbit/s" })
sim.workload { name = "app", clients = 16, target = primary, rate = "300/s", mix = "A", stop = "36s" }

sim.at("15s", function() near:disk_slow(30, { lasts = "5s" }) end)

sim.expect("the primary sees one standby", function()
  return #primary:view("pg_stat_replication") == 1
end)
sim.expect("which sees the other", function()
  return near:view("pg_stat_replication")[1].application_name == "far"
end)
sim.expect("all three agree in the end", function()
  return far:probe("replay_lsn") == near:probe("replay_lsn")
     and far:probe("replay_lsn") == primary:probe("wal_flush_lsn")
end)
sim.plot("lag", { of = "near,far", upstream = "primary,near" })
