-- A query on a standby, and an ALTER TABLE on the primary: the lock conflict.
--
-- ALTER TABLE takes an ACCESS EXCLUSIVE lock, for 10 ms, and nobody on the primary notices. The lock is in the
-- WAL, and the standby's startup process takes it too: it waits for a report that reads the same table,
-- and behind it waits everything: replay, and each new query on that table, as a lock is first come, first
-- served. After max_standby_streaming_delay the report is cancelled:
--   ERROR: canceling statement due to conflict with recovery
--   DETAIL: User was holding a relation lock for too long.
-- hot_standby_feedback is on here, and does not help: it keeps rows, not tables.
local p = sim.params { delay = "10s", feedback = true }
sim.describe "Hot standby conflict: ALTER TABLE on the primary, a query on the standby"
sim.run_for "40s"

local primary = sim.node("primary", "postgres", { autovacuum = false })
local standby = sim.node("standby", "postgres", {
  upstream = primary, max_standby_streaming_delay = p.delay, hot_standby_feedback = p.feedback,
})
sim.link(primary, standby, { delay = "500us", bandwidth = "1Gbit/s" })
sim.workload { name = "app", target = primary, clients = 8, rate = "200/s", mix = { update = 1.0 } }

local ended = {}
local function query(name, lasts)
  standby:command("query", { table = "customers", lasts = lasts }, function(rows, why)
    ended[name] = { at = sim.now(), why = why }
    print(name .. ", at " .. sim.format_ns(sim.now()) .. ": " .. (rows or why))
  end)
end
sim.at("1s", function() primary:command("create_table", { name = "customers", rows = 1000 }) end)
sim.at("4s", function() query("the report", "30s") end)
sim.at("5s", function() primary:command("alter_table", { table = "customers", lasts = "10ms" }) end)
sim.at("7s", function() query("a short query", "5ms") end)

local function activity(of)
  for _, row in ipairs(standby:view("pg_stat_activity")) do
    if of(row) then return row end
  end
end
sim.expect("the startup process waits for a lock", function()
  local row = activity(function(r) return r.backend_type == "startup" end)
  return row.wait_event_type == "Lock" and row.wait_event == "relation"
end, { at = "8s" })
sim.expect("and a short query on the same table waits behind it", function()
  return activity(function(r) return r.state == "active" and r.wait_event == "relation" end) ~= nil
end, { at = "8s" })
if p.delay == sim.duration "10s" then
  sim.expect("the report is cancelled when the delay is over", function()
    local report = ended["the report"]
    return report and report.at > sim.duration "14900ms" and report.at < sim.duration "15200ms"
       and report.why:find("User was holding a relation lock for too long.", 1, true) ~= nil
  end, { at = "16s" })
  sim.expect("then the short query has its turn", function()
    local short = ended["a short query"]
    return short and short.at < sim.duration "15500ms" and not short.why
  end, { at = "16s" })
end
sim.expect("one query is counted in confl_lock", function()
  local row = standby:view("pg_stat_database_conflicts")[1]
  return row.confl_lock == (p.delay < sim.duration "29s" and 1 or 0) and row.confl_snapshot == 0
end)

sim.plot("series", {
  of = standby, probes = "xact_replay_age,confl_lock",
  title = "How old the standby is, and how many queries it has cancelled",
})
