-- Where replication lag comes from (3): the standby's disk.
--
-- For ten seconds the standby's disk is twenty times slower (a scrub, a dying drive). WAL arrives at
-- once but is flushed late, and written late too: the walreceiver is one process, and what comes while it
-- waits for an fsync lies in the socket. With synchronous_commit = on every commit of the primary
-- waits for that disk: try --set level=local, and the latency plot forgets the standby.
local p = sim.params { slower = 20, level = "on" }
sim.describe "Where replication lag comes from: a slow standby disk"
sim.run_for "40s"

local primary = sim.node("primary", "postgres", {
  synchronous_commit = p.level,
  synchronous_standby_names = "standby",
})
local standby = sim.node("standby", "postgres", {
  upstream = primary,
  application_name = "standby",
  disk = { sync = "2ms" },
})
sim.link(primary, standby, { delay = "500us", bandwidth = "1Gbit/s" })

sim.workload { name = "app", clients = 16, target = primary, rate = "300/s", mix = "A", stop = "38s" }

sim.at("10s", function() standby:disk_slow(p.slower, { lasts = "10s" }) end)

sim.expect("flush lag shows it", function()
  local row = primary:view("pg_stat_replication")[1]
  return row ~= nil and row.flush_lag ~= nil and row.flush_lag > sim.duration "20ms"
end, { by = "20s" })
sim.expect("and it passes", function()
  return primary:view("pg_stat_replication")[1].replay_lag_bytes == 0
end)

sim.plot("breakdown", { of = standby })
sim.plot("latency", { of = "app" })
