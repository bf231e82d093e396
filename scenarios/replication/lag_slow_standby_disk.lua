-- Where replication lag comes from (3): the standby's disk.
--
-- For ten seconds the standby's disk is ten times slower (a scrub, a dying drive). WAL arrives as
-- fast as ever, and is flushed late. It is written late, too: one process receives, writes and
-- flushes, and what comes while it is in fsync lies in the socket.
--
-- Here every commit of the primary waits for that disk, since the standby is synchronous and
-- synchronous_commit is on. Try --set level=local: the lag is the same, the commits do not feel it.
local p = sim.params { slower = 10, level = "on" }
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
local app = sim.workload {
  name = "app", target = primary,
  clients = 16, rate = "300/s", mix = { read = 0.5, update = 0.5 },
}

sim.at("10s", function() standby:disk_slow(p.slower, { lasts = "10s" }) end)

-- The lag columns are NULL until a standby has reported, and are gone with the connection.
local function flush_lag()
  local row = primary:view("pg_stat_replication")[1]
  return row and row.flush_lag or 0
end
sim.expect("pg_stat_replication shows it as flush_lag", function()
  return flush_lag() > 2 * p.slower * sim.duration "1ms"
end, { from = "10s", by = "20s" })
if p.level == "on" or p.level == "remote_apply" then
  sim.expect("every commit waits for it", function()
    return app:probe("latency") > 2 * p.slower * sim.duration "1ms"
  end, { from = "10s", by = "20s" })
end
sim.expect("when the disk is well again, so is the standby", function()
  return flush_lag() < sim.duration "20ms", "flush_lag is " .. sim.format_ns(flush_lag())
end)

sim.plot("breakdown", { of = standby })
sim.plot("latency", { of = "write", title = "Commit latency on the primary" })
