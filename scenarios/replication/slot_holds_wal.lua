-- A replication slot keeps the WAL that a standby needs, whatever it costs the primary.
--
-- The standby is down from 10 s to 40 s while the primary writes 320 MB. Its slot's restart_lsn
-- stands still, checkpoints may remove no segment from there on, and pg_wal grows and grows: with a
-- standby that never comes back, until the primary's disk is full. (max_slot_wal_keep_size bounds
-- that, and gives up the standby: try --set keep=100MiB.) When the standby is back it finds all it
-- needs, and the checkpoint after that lets the WAL go. Without a slot: wal_keep_size_passed.lua.
local p = sim.params { keep = "1TB" }
sim.describe "A replication slot holds WAL back for a standby that is down"
sim.run_for "60s"

local primary = sim.node("primary", "postgres", {
  checkpoint_timeout = "5s", max_wal_size = "64MiB", max_slot_wal_keep_size = p.keep,
})
local standby = sim.node("standby", "postgres", {
  upstream = primary, primary_slot_name = "away", start = "1s",
})
sim.link(primary, standby, { delay = "500us", bandwidth = "1Gbit/s" })
sim.workload {
  name = "app", target = primary,
  clients = 16, rate = "200/s", mix = { read = 0.5, update = 0.5 },
}

sim.at("500ms", function() primary:command("create_slot", { name = "away" }) end)
sim.at("10s", function() standby:kill() end)
for i = 1, 8 do
  sim.at(12 + 2 * i .. "s", function() primary:command("transaction", { bytes = "40MB" }) end)
end
sim.at("40s", function() standby:restart() end)

local held -- by the slot, when the standby has gone
local function slot() return primary:view("pg_replication_slots")[1] end
sim.at("11s", function() held = slot().restart_lsn end)

if p.keep > sim.bytes "400MB" then
  sim.expect("the slot stands still while the standby is down", function()
    return not slot().active and slot().restart_lsn == held
  end, { at = "39s" })
  sim.expect("WAL is kept for it, far beyond max_wal_size", function()
    return primary:probe("wal_kept_bytes") > sim.bytes "300MB"
  end, { at = "39s" })
  sim.expect("the standby catches up", function()
    local row = primary:view("pg_stat_replication")[1]
    return row ~= nil and row.state == "streaming" and row.replay_lag_bytes < sim.bytes "100kB"
  end, { from = "40s", by = "50s" })
  sim.expect("and the WAL is let go", function()
    return primary:probe("wal_kept_bytes") < sim.bytes "100MB"
  end)
else
  sim.expect("the slot is lost, and the standby with it", function()
    return slot().wal_status == "lost" and #primary:view("pg_stat_replication") == 0
  end)
end

sim.plot("series", { of = primary, probes = "wal_kept_bytes", title = "WAL kept in pg_wal" })
sim.plot("lag", { of = standby, upstream = primary })
