-- hot_standby_feedback: no query is cancelled, and the primary's table grows.
--
-- An application updates a table of 2,000 rows, 600 times a second. Each update leaves a dead row, and autovacuum
-- removes them: the table keeps its size. From 20 s to 80 s a report runs on the standby, which tells the
-- primary what its snapshot needs (pg_stat_replication.backend_xmin). Vacuum runs as before, and finds
-- that the dead rows are "not yet removable": after a minute there are 36,000 of them, for 2,000 live ones.
-- The report ends, the next vacuum removes them all, and the table is still as large: the room is inside
-- it, for rows to come. That is bloat, and a query on another machine made it.
-- Try --set feedback=false: the table keeps its size, and the report is cancelled.
local p = sim.params { feedback = true, rate = "600/s", report = "60s" }
sim.describe "hot_standby_feedback and the price of it: bloat on the primary"
sim.run_for "120s"

local primary = sim.node("primary", "postgres", {
  autovacuum_naptime = "5s", autovacuum_vacuum_scale_factor = 0.05,
})
local standby = sim.node("standby", "postgres", {
  upstream = primary, hot_standby_feedback = p.feedback, wal_receiver_status_interval = "1s",
  max_standby_streaming_delay = "5s",
})
sim.link(primary, standby, { delay = "500us", bandwidth = "1Gbit/s" })
sim.workload {
  name = "app", target = primary, clients = 16, rate = p.rate, mix = { update = 1.0 }, keys = 2000,
}

local report
sim.at("20s", function()
  local began = sim.now()
  standby:command("query", { lasts = p.report }, function(rows, why)
    report = rows or why
    sim.mark(began, sim.now(), "report on the standby")
    print("the report, at " .. sim.format_ns(sim.now()) .. ": " .. report)
  end)
end)

local function dead() return primary:view("pg_stat_user_tables")[1].n_dead_tup end
local function size() return primary:view("pg_stat_user_tables")[1].table_size end
local before
sim.at("19s", function() before = size() end)
if p.feedback then
  sim.expect("the report ends well", function() return report and report:find "rows" ~= nil end, { at = "85s" })
  sim.expect("the primary knows what it needs", function()
    return primary:view("pg_stat_replication")[1].backend_xmin ~= nil
  end, { at = "50s" })
  sim.expect("and keeps ten dead rows for each live one", function() return dead() > 20000 end, { at = "79s" })
  sim.expect("afterwards vacuum removes them", function() return dead() < 6000 end, { at = "95s" })
  sim.expect("but the table is still five times as large", function() return size() > 5 * before end)
else
  sim.expect("the report is cancelled", function()
    return report and report:find("row versions that must be removed", 1, true) ~= nil
  end, { at = "40s" })
  sim.expect("the table keeps its size", function() return size() < 2 * before end)
end

sim.plot("series", {
  of = primary, probes = "dead_rows,dead_rows_kept,table_bytes",
  title = "Dead rows on the primary, and the size of its tables",
})
