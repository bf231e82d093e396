-- Without a slot: the WAL that a standby needs is recycled, and the standby is lost.
--
-- The same thirty seconds as in slot_holds_wal.lua with wal_keep_size = 32 MB in place of the slot. When the
-- standby is back, it asks for a segment that a checkpoint has removed, is told so, and asks again every
-- five seconds, for ever. Only a new base backup helps.
local p = sim.params { keep = "32MiB" }
sim.describe "wal_keep_size passed: a standby is lost"
sim.run_for "60s"

local primary = sim.node("primary", "postgres", {
  checkpoint_timeout = "5s", max_wal_size = "64MiB", wal_keep_size = p.keep,
})
local standby = sim.node("standby", "postgres", { upstream = primary, start = "1s" })
sim.link(primary, standby, { delay = "500us", bandwidth = "1Gbit/s" })
sim.workload { name = "app", clients = 16, target = primary, rate = "200/s", mix = "A", stop = "55s" }

sim.at("10s", function() standby:crash() end)
for i = 1, 8 do
  sim.at(12 + 2 * i .. "s", function() primary:command("transaction", { bytes = "40MB" }) end)
end
sim.at("40s", function() standby:restart() end)

sim.expect("the standby never streams again", function()
  return #primary:view("pg_stat_replication") == 0
     or primary:view("pg_stat_replication")[1].state ~= "streaming"
end)
sim.expect("and stands where it was", function()
  return standby:probe("replay_lsn") + sim.bytes "200MB" < primary:probe("wal_flush_lsn")
end)
sim.plot("series", { of = primary, probes = "wal_kept_bytes", title = "WAL kept in pg_wal" })
