-- Everything goes wrong for twenty seconds, then heals: what was promised must hold all the while.
--
-- A primary, two standbys and one behind the first, under load. A storm, drawn from the seed, crashes and
-- kills and pauses them, cuts and slows the network, slows and stops disks, and moves clocks. Then all
-- faults end, and the standbys must catch up. Reports run on all three standbys, and the primary's
-- vacuum is busy: replay waits for them, cancels them, or (hot_standby_feedback is on for `near` and what is
-- behind it) leaves them alone. Every law of the model is on. tests/long/ runs this over
-- a thousand seeds; `names` and `level` choose the promise. With --set archive=true the primary has a WAL
-- archive, which the standbys restore from; the storm takes that, too.
local p = sim.params {
  names = "ANY 1 (near, other)", level = "on", storm = "20s", rate = "2.5/s", archive = false,
}
sim.describe "Chaos over streaming replication"
sim.run_for "90s"

local disk = { sync = sim.lognormal("1ms", "8ms"), crash = "any", tears = true, keeps_dirty = true }
local archive = p.archive and sim.node("archive", "wal_archive", { disk = disk }) or nil
local primary = sim.node("primary", "postgres", {
  archive = archive, archive_command_timeout = "5s",
  synchronous_commit = p.level, synchronous_standby_names = p.names, disk = disk,
  wal_sender_timeout = "5s", autovacuum_naptime = "2s", autovacuum_vacuum_scale_factor = 0.05,
})
local function standby(name, upstream, feedback)
  return sim.node(name, "postgres", {
    upstream = upstream, application_name = name, disk = disk, wal_receiver_timeout = "5s",
    archive = archive, archive_command_timeout = "5s",
    wal_retrieve_retry_interval = "1s", wal_sender_timeout = "5s", max_standby_streaming_delay = "3s",
    hot_standby_feedback = feedback, wal_receiver_status_interval = "1s",
  })
end
local near = standby("near", primary, true)
local other = standby("other", primary, false)
local far = standby("far", near, true)
sim.links { delay = sim.lognormal("500us", "3ms"), bandwidth = "1Gbit/s", reset_after = "4s" }
sim.workload { name = "app", clients = 8, target = primary, rate = "100/s", mix = "A", timeout = "2s",
               stop = "80s" }

for i, node in ipairs { near, other, far } do
  sim.every(4 + i .. "s", function()
    if node:up() and sim.time() < 80 then node:command("query", { lasts = "6s" }) end
  end)
end
sim.at("3s", function() primary:command("create_table", { name = "orders", rows = 600 }) end)
sim.every("9s", function()
  if primary:up() and sim.time() < 80 then primary:command("alter_table", { table = "orders" }) end
end)

if archive then -- much WAL, of which little is kept
  sim.every("2s", function()
    if primary:up() and sim.time() < 60 then
      primary:command("transaction", { bytes = "20MB" })
      if sim.time() % 4 < 2 then primary:command("checkpoint") end
    end
  end)
  sim.expect("when all is well again, every full segment is archived", function()
    local ready = primary:probe "ready_segments"
    return ready == 0 and archive:probe "segments" == primary:probe "wal_flush_lsn" // 16777216 - 3,
      ready .. " wait"
  end)
end

sim.chaos { from = "2s", to = 2 * 1000000000 + p.storm, rate = p.rate, down_max = 4, kinds = {
  "crash", "kill", "pause", "cut", "cut_one_way", "isolate", "loss", "delay",
  "disk_slow", "disk_stuck", "slow_cpu", "clock_jump", "clock_drift",
} }

sim.expect("when all is well again, the standbys have everything", function()
  local lsn = primary:probe "wal_flush_lsn"
  return primary:up() and near:probe "replay_lsn" == lsn and other:probe "replay_lsn" == lsn
     and far:probe "replay_lsn" == lsn
end)
sim.plot("lag", { of = "near,other,far", upstream = "primary,primary,near" })
