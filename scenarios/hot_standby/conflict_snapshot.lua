-- A query on a standby, and a vacuum on the primary: the snapshot conflict.
--
-- A report on the standby reads orders for 40 s with the snapshot that it began with. On the primary a
-- job replaces all rows of orders, and a vacuum removes the old versions, which no transaction there can
-- see any more. The primary knows nothing of the report. The standby must remove them too, and waits,
-- max_standby_streaming_delay long, and all replay waits with it: whoever else reads the standby sees a
-- database that grows older by a second each second. Then the report is cancelled:
--   ERROR: canceling statement due to conflict with recovery
--   DETAIL: User query might have needed to see row versions that must be removed.
-- A second report begins 2 s before that, and the next vacuum follows. The report is cancelled with hardly
-- any grace: the delay is not a query's, it is replay's, counted from when the WAL came, and replay is
-- behind already.
-- Try --set delay=0 (no patience at all), --set delay=60s (the report ends, replay is late), and
-- --set feedback=true (no conflict; look at the primary's dead_rows).
local p = sim.params { delay = "10s", feedback = false }
sim.describe "Hot standby conflict: a vacuum on the primary, a query on the standby"
sim.run_for "70s"

local primary = sim.node("primary", "postgres", { autovacuum = false })
local standby = sim.node("standby", "postgres", {
  upstream = primary, max_standby_streaming_delay = p.delay, hot_standby_feedback = p.feedback,
  wal_receiver_status_interval = "1s",
})
sim.link(primary, standby, { delay = "500us", bandwidth = "1Gbit/s" })
sim.workload { name = "app", target = primary, clients = 8, rate = "200/s", mix = { update = 1.0 } }

local function replace_all() primary:command("transaction", { table = "orders", kind = "update", bytes = "2MB" }) end
local function vacuum() primary:command("vacuum", { table = "orders" }) end
local ended = {} -- of each report: when, and by which error
local function report(name, lasts)
  standby:command("query", { table = "orders", lasts = lasts }, function(rows, why)
    ended[name] = { at = sim.now(), why = why }
    print(name .. ", at " .. sim.format_ns(sim.now()) .. ": " .. (rows or why))
  end)
end

sim.at("1s", function() primary:command("create_table", { name = "orders", rows = 20000 }) end)
sim.at("5s", function() report("first report", "40s") end)
sim.at("7s", replace_all)
sim.at("8s", vacuum)
sim.at("16s", function() report("second report", "20s") end)
sim.at("17s", replace_all)
sim.at("17500ms", vacuum)

local function conflicts() return standby:view("pg_stat_database_conflicts")[1].confl_snapshot end
if p.feedback then
  sim.expect("no query is cancelled", function() return conflicts() == 0 end)
  sim.expect("the primary keeps the rows that the reports need", function()
    return primary:probe("dead_rows_kept") >= 20000
  end, { at = "30s" })
elseif p.delay == sim.duration "10s" then
  sim.expect("replay waits for the first report", function()
    return standby:probe("replay_waits") > sim.duration "8s"
  end, { from = "8s", by = "18s" })
  sim.expect("after the delay it is cancelled, at most a second late", function()
    local first = ended["first report"]
    return first and first.at >= sim.duration "18s" and first.at < sim.duration "19200ms"
       and first.why:find("canceling statement due to conflict with recovery", 1, true) ~= nil
  end, { at = "20s" })
  sim.expect("the second one gets less grace than the first", function()
    local second = ended["second report"]
    return second and second.at < sim.duration "21500ms"
  end, { at = "22s" })
  sim.expect("two queries are counted", function() return conflicts() == 2 end)
end
sim.expect("in the end the standby has caught up", function()
  return standby:probe("behind_upstream_bytes") < sim.bytes "100kB"
end)

sim.plot("series", {
  of = standby, probes = "xact_replay_age,confl_snapshot",
  title = "How old the standby is, and how many queries it has cancelled",
})
