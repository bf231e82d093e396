-- Without a slot: the WAL that a standby needs is removed, and the standby is lost.
--
-- The same thirty seconds as in slot_holds_wal.lua, with wal_keep_size = 32 MiB in place of a slot.
-- When the standby is back, it asks for a segment that a checkpoint has removed, is told so, and
-- asks again every five seconds, for ever:
--   requested WAL segment 000000010000000000000003 has already been removed
-- Only a new base backup helps, or a WAL archive (archive_saves_a_standby.lua). Both servers are up,
-- and the primary is well: nobody notices who does not ask. Try --set keep=1GiB: the standby is
-- saved, as by a slot, but the 1 GiB is kept always, and for nobody.
local p = sim.params { keep = "32MiB" }
sim.describe "wal_keep_size passed: a standby is lost"
sim.run_for "60s"

local primary = sim.node("primary", "postgres", {
  checkpoint_timeout = "5s", max_wal_size = "64MiB", wal_keep_size = p.keep,
})
local standby = sim.node("standby", "postgres", { upstream = primary, start = "1s" })
sim.link(primary, standby, { delay = "500us", bandwidth = "1Gbit/s" })
sim.workload {
  name = "app", target = primary,
  clients = 16, rate = "200/s", mix = { read = 0.5, update = 0.5 },
}

sim.at("10s", function() standby:kill() end)
for i = 1, 8 do
  sim.at(12 + 2 * i .. "s", function() primary:command("transaction", { bytes = "40MB" }) end)
end
sim.at("40s", function() standby:restart() end)

local function streams()
  local row = primary:view("pg_stat_replication")[1]
  return row ~= nil and row.state == "streaming"
end
if p.keep < sim.bytes "300MB" then
  sim.expect("the standby never streams again", function()
    return sim.time() < 41 or not streams()
  end, { always = true })
  sim.expect("it stands where it was, 300 MB behind", function()
    return standby:probe("replay_lsn") + sim.bytes "300MB" < primary:probe("wal_flush_lsn")
  end)
  sim.expect("and serves readers a database of 50 seconds ago", function()
    return standby:view("recovery")[1].replay_lag > sim.duration "49s"
  end)
else
  sim.expect("the standby is saved", streams, { from = "40s", by = "50s" })
end

sim.plot("series", { of = primary, probes = "wal_kept_bytes", title = "WAL kept in pg_wal" })
sim.plot("series", {
  of = { primary, standby }, probes = "wal_flush_lsn", title = "Where each one's WAL ends",
})
