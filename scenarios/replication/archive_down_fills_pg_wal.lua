-- An archive that is down fills the primary's disk.
--
-- Archiving is a promise: no segment is removed from pg_wal before archive_command has succeeded for it.
-- From 10 s on the archive's host is away, and every attempt fails, three times a second apart, then again
-- when the next segment is full. Users notice nothing, and the standby neither. But checkpoints, which keep
-- pg_wal at about max_wal_size, have to leave every segment where it is: 28 GB an hour at 8 MB/s. What
-- tells is pg_stat_archiver (failed_count, last_failed_wal), and the count of .ready files, here the probe
-- ready_segments. When the archive is back, the archiver copies them one after the other, the oldest
-- first, and the next checkpoint lets them go. With a small disk it would not have come to that:
-- --set disk=200MB ends in a PANIC, "No space left on device".
local p = sim.params { disk = "10GB", away = "40s" }
sim.describe "An archive that is down fills pg_wal"
sim.run_for "80s"

local archive = sim.node("archive", "wal_archive")
local primary = sim.node("primary", "postgres", {
  archive = archive, checkpoint_timeout = "5s", max_wal_size = "64MiB", disk = { capacity = p.disk },
})
sim.node("standby", "postgres", { upstream = primary, archive = archive })
sim.links { delay = "500us", bandwidth = "1Gbit/s" }
sim.workload {
  name = "app", target = primary,
  clients = 16, rate = "200/s", mix = { read = 0.5, update = 0.5 },
}
sim.every("1s", function()
  if primary:up() and sim.time() < 70 then primary:command("transaction", { bytes = "8MB" }) end
end)
sim.at("10s", function() archive:kill() end)
sim.at(10 * 1000000000 + p.away, function() archive:restart() end)

local function kept() return primary:probe "wal_kept_bytes" end
local function archiver() return primary:view("pg_stat_archiver")[1] end
local failed
sim.at("49s", function() failed = archiver() end)

sim.expect("while it is well, pg_wal has about max_wal_size", function()
  return kept() < sim.bytes "120MB", kept() .. " bytes"
end, { at = "10s" })
if p.disk >= sim.bytes "1GB" then
  sim.expect("after 40 seconds it has 300 MB", function()
    return kept() > sim.bytes "300MB", kept() .. " bytes"
  end, { at = "49s" })
  sim.expect("20 segments wait", function()
    local ready = primary:probe "ready_segments"
    return ready >= 17 and ready <= 23, ready .. " wait"
  end, { at = "49s" })
  sim.expect("pg_stat_archiver tells: the oldest fails, again and again", function()
    return failed.failed_count > 20 and failed.last_failed_time > failed.last_archived_time
       and failed.last_failed_wal > failed.last_archived_wal, failed.failed_count .. " failures"
  end)
  sim.expect("once it is back, all is archived within 20 seconds", function()
    return primary:probe "ready_segments" == 0
  end, { from = "50s", by = "70s" })
  sim.expect("and let go by a checkpoint", function() return kept() < sim.bytes "120MB" end)
  sim.expect("the standby was well all the while", function()
    return primary:view("pg_stat_replication")[1].replay_lag_bytes < sim.bytes "20MB"
  end)
else
  sim.expect("the disk is full, and the primary down", function() return not primary:up() end)
end

sim.plot("series", { of = primary, probes = "wal_kept_bytes", title = "WAL kept in pg_wal" })
sim.plot("series", { of = primary, probes = "ready_segments", title = "Segments that wait to be archived" })
