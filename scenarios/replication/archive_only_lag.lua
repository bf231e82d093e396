-- A standby that has nothing but the archive: it is behind by up to a segment, and by as long as it takes
-- to fill one.
--
-- For a minute no connection passes between the primary and its standby; both reach the archive. When
-- streaming is given up, the startup process asks the archive, streaming, and the archive again,
-- every wal_retrieve_retry_interval. But the archiver copies full segments only. At 1 MB/s of WAL a
-- segment is full every 16 seconds, so replay stands still, and then takes 16 MB at once: the lag in
-- bytes is a saw. On a primary that writes 1 MB an hour the same standby would be 16 hours behind. That is
-- what archive_timeout is for: --set timeout=5s ends a segment every five seconds, full or not, and the
-- saw's teeth are five seconds long; each is 16 MB in the archive nevertheless.
local p = sim.params { timeout = "0s" }
sim.describe "With the archive alone, a standby lags by up to a segment"
sim.run_for "100s"

local archive = sim.node("archive", "wal_archive")
local primary = sim.node("primary", "postgres", {
  archive = archive, archive_timeout = p.timeout, wal_keep_size = "1GiB",
})
local standby = sim.node("standby", "postgres", {
  upstream = primary, archive = archive, wal_receiver_timeout = "2s", wal_retrieve_retry_interval = "1s",
})
sim.links { delay = "500us", bandwidth = "1Gbit/s", reset_after = "2s" }
sim.every("1s", function() primary:command("transaction", { bytes = "1MB" }) end)
sim.at("10s", function() sim.cut(primary, standby, { lasts = "70s" }) end)

local segment = 16 * 1024 * 1024
local steps, largest, between, last = 0, 0, 0, nil
sim.every("100ms", function()
  if sim.time() < 15 or sim.time() > 80 then return end
  local here, there = standby:probe "receive_lsn", primary:probe "wal_flush_lsn"
  largest = math.max(largest, there - here)
  if last and here > last then
    steps = steps + 1
    if here % segment > 100000 then between = between + 1 end
  end
  last = here
end)

sim.expect("its log advances to the ends of segments only", function()
  return between == 0, between .. " times between them"
end)
if p.timeout == 0 then
  sim.expect("four times in a minute, 16 MB each", function()
    return steps >= 3 and steps <= 5, steps .. " times"
  end)
  sim.expect("so it was almost a segment behind, or a little more", function()
    return largest > 15000000 and largest < 20000000, largest .. " bytes"
  end)
  sim.expect("and more than ten seconds", function()
    return standby:view("recovery")[1].replay_lag > sim.duration "10s"
  end, { from = "20s", by = "80s" })
elseif p.timeout <= sim.duration "5s" then
  sim.expect("with archive_timeout, every few seconds", function()
    return steps >= 10, steps .. " times"
  end)
end
sim.expect("when it streams again, it is up to date", function()
  return standby:probe("replay_lsn") + 3000000 > primary:probe("wal_flush_lsn")
end, { from = "80s", by = "90s" })

sim.plot("series", {
  of = { primary, standby }, probes = "wal_flush_lsn", title = "Where each one's WAL ends",
})
sim.plot("series", { of = standby, probes = "xact_replay_age", title = "Age of the last commit replayed" })
