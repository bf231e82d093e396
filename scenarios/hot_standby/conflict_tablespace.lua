-- DROP TABLESPACE on the primary, and all queries of a standby: the tablespace conflict.
--
-- Tablespace "scratch" holds no table, so the primary may drop it. On the standby a query sorts more than fits
-- into work_mem, with temp_tablespaces = scratch: its files are there. Nobody can tell whose files they
-- are, so replay waits for all queries, also for one that never touched it, and then cancels them all:
--   ERROR: canceling statement due to conflict with recovery
--   DETAIL: User was or might have been using tablespace that must be dropped.
-- Try --set sorts=false: without a file in it, the tablespace goes without a word.
local p = sim.params { delay = "5s", sorts = true }
sim.describe "Hot standby conflict: DROP TABLESPACE on the primary, all queries on the standby"
sim.run_for "30s"

local primary = sim.node("primary", "postgres", { autovacuum = false })
local standby = sim.node("standby", "postgres", {
  upstream = primary, max_standby_streaming_delay = p.delay, hot_standby_feedback = true,
})
sim.link(primary, standby, { delay = "500us", bandwidth = "1Gbit/s" })
sim.workload { name = "app", target = primary, clients = 8, rate = "200/s", mix = { update = 1.0 } }

local cancelled = 0
local function query(name, options)
  standby:command("query", options, function(rows, why)
    if why then cancelled = cancelled + 1 end
    print(name .. ", at " .. sim.format_ns(sim.now()) .. ": " .. (rows or why))
  end)
end
sim.at("1s", function() primary:command("create_tablespace", { name = "scratch" }) end)
sim.at("2s", function() primary:command("create_table", { name = "items", rows = 1000 }) end)
sim.at("4s", function()
  query("a query that sorts", { table = "items", lasts = "25s", temp_tablespace = p.sorts and "scratch" or "" })
  query("a query that does not", { table = "usertable", lasts = "25s" })
end)
sim.at("6s", function() primary:command("drop_tablespace", { name = "scratch" }) end)

local function conflicts() return standby:view("pg_stat_database_conflicts")[1].confl_tablespace end
if p.sorts then
  sim.expect("replay waits", function() return standby:probe("replay_waits") > sim.duration "4s" end,
    { from = "6s", by = "11s" })
  sim.expect("then both queries are cancelled, the innocent one too", function()
    return conflicts() == 2 and cancelled == 2
  end)
else
  sim.expect("no query is in the way", function() return conflicts() == 0 and cancelled == 0 end)
end
sim.expect("in the end the standby has caught up", function()
  return standby:probe("behind_upstream_bytes") < sim.bytes "100kB"
end)

sim.plot("series", {
  of = standby, probes = "xact_replay_age,confl_tablespace",
  title = "How old the standby is, and how many queries it has cancelled",
})
