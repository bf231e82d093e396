-- What hot_standby_feedback is worth while the standby is away: nothing, unless a slot keeps it.
--
-- A report of 60 s runs on the standby, with hot_standby_feedback. At 15 s the network between the two fails for 20 s.
-- Without a slot, what the standby needs is known to its walsender, and to nobody when wal_sender_timeout
-- has ended that: vacuum removes the rows. When the standby is back, the first thing that it replays is that vacuum,
-- and the report is cancelled. With a slot (--set slot=true) the slot keeps its xmin: the report
-- ends well, and the primary's dead rows pile up for a machine that is not there. A slot that everybody
-- has forgotten does so for ever.
local p = sim.params { slot = false }
sim.describe "hot_standby_feedback of a standby that is away, with a slot and without"
sim.run_for "90s"

local primary = sim.node("primary", "postgres", {
  autovacuum_naptime = "2s", autovacuum_vacuum_scale_factor = 0.05, wal_sender_timeout = "5s",
  wal_keep_size = "256MiB",
})
local standby = sim.node("standby", "postgres", {
  upstream = primary, hot_standby_feedback = true, wal_receiver_status_interval = "1s",
  max_standby_streaming_delay = "5s", primary_slot_name = p.slot and "standby" or "",
  wal_receiver_timeout = "5s", wal_retrieve_retry_interval = "1s",
})
sim.link(primary, standby, { delay = "500us", bandwidth = "1Gbit/s" })
sim.workload { name = "app", target = primary, clients = 16, rate = "400/s", mix = { update = 1.0 }, keys = 2000 }
if p.slot then sim.at("500ms", function() primary:command("create_slot", { name = "standby" }) end) end

local report
sim.at("10s", function()
  standby:command("query", { lasts = "60s" }, function(rows, why)
    report = rows or why
    print("the report, at " .. sim.format_ns(sim.now()) .. ": " .. report)
  end)
end)
sim.at("15s", function() sim.cut(primary, standby, { lasts = "20s" }) end)

if p.slot then
  sim.expect("the slot keeps the xmin of a standby that is away", function()
    local row = primary:view("pg_replication_slots")[1]
    return not row.active and row.xmin ~= nil
  end, { at = "30s" })
  sim.expect("and vacuum keeps the rows", function() return primary:probe("dead_rows_kept") > 6000 end,
    { at = "34s" })
  sim.expect("the report ends well", function() return report and report:find "rows" ~= nil end)
else
  sim.expect("vacuum goes on as if there were no report", function()
    return primary:probe("dead_rows_kept") < 1000
  end, { at = "30s" })
  sim.expect("when the standby is back, the report is cancelled", function()
    return report and report:find("row versions that must be removed", 1, true) ~= nil
  end, { from = "35s", by = "50s" })
end

sim.plot("series", {
  of = primary, probes = "dead_rows,dead_rows_kept",
  title = "Dead rows on the primary, and those that it keeps for somebody",
})
