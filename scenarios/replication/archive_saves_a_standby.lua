-- Without a slot, but with a WAL archive: the standby that was away too long is saved.
--
-- The same minute as in wal_keep_size_passed.lua. While the standby is down, checkpoints remove the
-- segments that it will need; but before they were removed, the primary's archiver had copied each to the
-- archive, 16 MB at a time. When the standby is back, its startup process asks the archive first:
--   restored log file "000000010000000000000004" from archive
-- and so on, until a segment is missing there, since it is not full yet; then it connects to the
-- primary, which still has that one, and streams. So neither pg_wal nor a slot has to hold WAL back for a
-- standby, whatever it costs in the archive. Restoring is slower than streaming: each segment costs the
-- command's own time, and nothing is replayed meanwhile. Try --set restore=2s: a
-- minute is not enough.
local p = sim.params { restore = "50ms", latency = "20ms" }
sim.describe "A WAL archive saves a standby that was away too long"
sim.run_for "60s"

local archive = sim.node("archive", "wal_archive", { latency = p.latency })
local primary = sim.node("primary", "postgres", {
  archive = archive, checkpoint_timeout = "5s", max_wal_size = "64MiB", wal_keep_size = "32MiB",
})
local standby = sim.node("standby", "postgres", {
  upstream = primary, start = "1s", archive = archive, restore_command_latency = p.restore,
})
sim.links { delay = "500us", bandwidth = "1Gbit/s" }
sim.workload {
  name = "app", target = primary,
  clients = 16, rate = "200/s", mix = { read = 0.5, update = 0.5 },
}

sim.at("10s", function() standby:kill() end)
for i = 1, 8 do
  sim.at(12 + 2 * i .. "s", function() primary:command("transaction", { bytes = "40MB" }) end)
end
sim.at("40s", function() standby:restart() end)

local segment = 16 * 1024 * 1024
local restored -- when the standby streams again
sim.when(function()
  local row = primary:view("pg_stat_replication")[1]
  return sim.time() > 40 and row ~= nil and row.state == "streaming"
end, function()
  sim.mark("40s", sim.now(), "restores, then catches up")
  restored = standby:probe "restored_segments"
end)

sim.plot("series", { of = primary, probes = "wal_kept_bytes", title = "WAL kept in pg_wal" })
sim.plot("series", { of = archive, probes = "bytes", title = "WAL kept in the archive" })
sim.plot("series", {
  of = { primary, standby }, probes = "wal_flush_lsn", title = "Where each one's WAL ends",
})

sim.expect("every full segment is in the archive, and not in pg_wal", function()
  local full = primary:probe "wal_flush_lsn" // segment - 3
  return archive:probe "segments" == full and primary:probe "wal_kept_bytes" < sim.bytes "150MB",
    archive:probe "segments" .. " segments"
end, { at = "39s" })
if p.restore > sim.duration "500ms" then
  sim.expect("at the end it still waits for restore_command", function()
    local row = standby:view("pg_stat_activity")[1]
    return row.wait_event == "RestoreCommand", row.wait_event
  end)
  return
end
sim.expect("the standby restores what it has missed, about 20 segments", function()
  return restored and restored >= 19 and restored <= 21, tostring(restored)
end)
if p.restore <= sim.duration "100ms" then
  sim.expect("and streams again within 10 seconds", function()
    local row = primary:view("pg_stat_replication")[1]
    return row ~= nil and row.state == "streaming" and row.replay_lag_bytes < sim.bytes "100kB"
  end, { from = "40s", by = "50s" })
end
sim.expect("it has everything in the end", function()
  return standby:probe("replay_lsn") + sim.bytes "100kB" > primary:probe("wal_flush_lsn")
end)
