-- Where replication lag comes from (5): a long query on the standby.
--
-- max_standby_streaming_delay = -1 says that queries on the standby are never cancelled. A report of 25 s reads
-- the table that the application updates, the primary's autovacuum removes old rows of it, and replay stops
-- at the first such record until the report is over. All the WAL is there, flushed: nothing is lost when the
-- primary fails now, but a promotion would wait for the report too. Readers of the standby see a database
-- that stands still. Then replay has 20 s of WAL to work off.
-- The report takes a core besides; that is not what makes the lag.
local p = sim.params { delay = -1, report = "25s", rate = "800/s" }
sim.describe "Where replication lag comes from: a long query on the standby"
sim.run_for "60s"

local primary = sim.node("primary", "postgres", {
  autovacuum_naptime = "2s", autovacuum_vacuum_scale_factor = 0.05,
})
local standby = sim.node("standby", "postgres", { upstream = primary, max_standby_streaming_delay = p.delay })
sim.link(primary, standby, { delay = "500us", bandwidth = "1Gbit/s" })
sim.workload { name = "app", target = primary, clients = 32, rate = p.rate, mix = { update = 1.0 }, keys = 5000 }

local ended
sim.at("12s", function()
  local began = sim.now()
  standby:command("query", { lasts = p.report }, function(rows, why)
    ended = rows or why
    sim.mark(began, sim.now(), "report on the standby")
    print("the report, at " .. sim.format_ns(sim.now()) .. ": " .. ended)
  end)
end)

sim.expect("replay waits for the report", function()
  return standby:probe("replay_waits") > sim.duration "15s"
end, { from = "12s", by = "38s" })
sim.expect("which has all the WAL, flushed", function()
  local row = primary:view("pg_stat_replication")[1]
  return row.send_lag_bytes < sim.bytes "100kB" and row.flush_lag < sim.duration "50ms"
end, { at = "35s" })
sim.expect("a reader of the standby sees a database 15 seconds old", function()
  return standby:view("recovery")[1].replay_lag > sim.duration "15s"
end, { from = "12s", by = "38s" })
sim.expect("the report ends well", function() return ended and ended:find "rows" ~= nil end)
sim.expect("and then the standby catches up", function()
  return standby:view("recovery")[1].replay_lag < sim.duration "1s"
end, { from = "38s", by = "50s" })

sim.plot("lag", { of = standby, upstream = primary })
sim.plot("breakdown", { of = standby })
