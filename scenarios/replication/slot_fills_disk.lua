-- A slot that nobody reads fills the primary's disk, and the primary is down.
--
-- A standby was taken away, and its slot was forgotten. From then on no WAL may be removed. Everything looks well,
-- for hours or, here, for half a minute: only pg_replication_slots shows a slot that is not active, with
-- a restart_lsn that stands still, and pg_wal that grows. Then the disk is full:
--   PANIC: could not write ... No space left on device
-- and it does not start again either, as recovery needs room too. What prevents it: drop slots that nobody reads,
-- watch the age of restart_lsn, or max_slot_wal_keep_size: with --set keep=200MiB the slot is lost ("lost"
-- in wal_status) instead of the primary, and the standby, should it come back, with it.
-- keep: of max_slot_wal_keep_size; 0MB: no limit, as is usual
local p = sim.params { keep = "0MB", disk = "600MB" }
sim.describe "A forgotten replication slot fills the primary's disk"
sim.run_for "60s"

local primary = sim.node("primary", "postgres", {
  checkpoint_timeout = "5s", max_wal_size = "64MiB", max_slot_wal_keep_size = p.keep > 0 and p.keep or nil,
  disk = { capacity = p.disk },
})
local standby = sim.node("standby", "postgres", { upstream = primary, primary_slot_name = "away", start = "1s" })
sim.link(primary, standby, { delay = "500us", bandwidth = "1Gbit/s" })
sim.workload { name = "app", target = primary, clients = 16, rate = "200/s", mix = "A" }

sim.at("500ms", function() primary:command("create_slot", { name = "away" }) end)
sim.at("10s", function() standby:kill() end)
for i = 1, 20 do
  sim.at(10 + 2 * i .. "s", function()
    if primary:up() then primary:command("transaction", { bytes = "40MB" }) end
  end)
end

if p.keep == 0 then
  sim.expect("the slot is not active, and stands still", function()
    local slot = primary:view("pg_replication_slots")[1]
    return slot.active == false and slot.wal_status == "extended"
  end, { at = "25s" })
  sim.expect("the primary is down before the minute is over", function() return not primary:up() end)
else
  sim.expect("the slot is lost, and the primary lives", function()
    return primary:up() and primary:view("pg_replication_slots")[1].wal_status == "lost"
  end)
end

sim.plot("series", { of = primary, probes = "wal_kept_bytes,disk_bytes", title = "WAL kept in pg_wal, and the disk" })
