-- A session on a standby and its replay wait for each other: the recovery deadlock.
--
-- On the primary one transaction keeps table audit locked (LOCK TABLE, then a long silence), so the standby's
-- startup process keeps it locked, until it replays that transaction's end. A session on the standby has a
-- cursor open on page 3 of accounts, and now reads audit: it waits for the startup process. Then vacuum's
-- record for page 3 of accounts comes: the startup process waits for the session's pin. Neither can go
-- on. max_standby_streaming_delay is 5 minutes here, and the log holds the lock's end behind the
-- vacuum. After deadlock_timeout the startup process asks all sessions to look; the one that finds itself
-- in the circle gives up:
--   ERROR: canceling statement due to conflict with recovery
--   DETAIL: User transaction caused buffer deadlock with recovery.
local p = sim.params { deadlock_timeout = "1s" }
sim.describe "Hot standby conflict: a session and replay wait for each other"
sim.run_for "30s"

local primary = sim.node("primary", "postgres", { autovacuum = false })
local standby = sim.node("standby", "postgres", {
  upstream = primary, max_standby_streaming_delay = "300s", deadlock_timeout = p.deadlock_timeout,
})
sim.link(primary, standby, { delay = "500us", bandwidth = "1Gbit/s" })
sim.workload { name = "app", target = primary, clients = 8, rate = "200/s", mix = { update = 1.0 } }

local why_ended, ended_at
sim.at("1s", function() primary:command("create_table", { name = "accounts", rows = 1200 }) end)
sim.at("2s", function() primary:command("create_table", { name = "audit", rows = 1200 }) end)
sim.at("4s", function()
  primary:command("transaction", { table = "accounts", kind = "update", bytes = "120kB" })
end)
sim.at("6s", function()
  standby:command("query",
    { table = "accounts", lasts = "50ms", idle = "3s", cursor_page = 3, then_table = "audit" },
    function(rows, why)
      why_ended, ended_at = why, sim.now()
      print("the session, at " .. sim.format_ns(sim.now()) .. ": " .. (rows or why))
    end)
end)
sim.at("7s", function() primary:command("lock_table", { table = "audit", lasts = "15s" }) end)
sim.at("10s", function() primary:command("vacuum", { table = "accounts" }) end)

sim.expect("it ends soon after deadlock_timeout, not after the delay", function()
  return ended_at and ended_at < sim.duration "10500ms" + p.deadlock_timeout
     and why_ended:find("User transaction caused buffer deadlock with recovery.", 1, true) ~= nil
end)
sim.expect("it is counted in confl_deadlock", function()
  return standby:view("pg_stat_database_conflicts")[1].confl_deadlock == 1
end)
sim.expect("in the end the standby has caught up", function()
  return standby:probe("behind_upstream_bytes") < sim.bytes "100kB"
end)

sim.plot("series", {
  of = standby, probes = "replay_waits,confl_deadlock",
  title = "How long replay has waited for a query, and how many it has cancelled",
})
