-- A replication slot keeps the WAL of a standby that is away, whatever it costs.
--
-- The standby is down for thirty seconds. Its slot's restart_lsn stands still, checkpoints may not recycle what comes
-- after it, and pg_wal grows. When it is back it finds all it needs. Without the slot, see
-- wal_keep_size_passed.lua.
sim.describe "A replication slot holds WAL back for a standby that is down"
sim.run_for "60s"

local primary = sim.node("primary", "postgres", { checkpoint_timeout = "5s", max_wal_size = "64MiB" })
local standby = sim.node("standby", "postgres", { upstream = primary, primary_slot_name = "away", start = "1s" })
sim.link(primary, standby, { delay = "500us", bandwidth = "1Gbit/s" })
sim.workload { name = "app", clients = 16, target = primary, rate = "200/s", mix = "A", stop = "55s" }

sim.at("500ms", function() primary:command("create_slot", { name = "away" }) end)
sim.at("10s", function() standby:crash() end)
for i = 1, 8 do
  sim.at(12 + 2 * i .. "s", function() primary:command("transaction", { bytes = "40MB" }) end)
end
sim.at("40s", function() standby:restart() end)

sim.expect("WAL is kept for it", function()
  return primary:probe("wal_kept_bytes") > sim.bytes "250MB"
end, { by = "40s" })
sim.expect("it catches up", function()
  local row = primary:view("pg_stat_replication")[1]
  return row and row.state == "streaming" and row.replay_lag_bytes < sim.bytes "100kB"
end)
sim.expect("and the WAL is let go", function()
  return primary:probe("wal_kept_bytes") < sim.bytes "200MB"
end)
sim.plot("series", { of = primary, probes = "wal_kept_bytes", title = "WAL kept in pg_wal" })
sim.plot("lag", { of = standby, upstream = primary })
