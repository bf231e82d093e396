-- An open cursor on a standby, and a vacuum on the primary: the buffer pin conflict.
--
-- A session on the standby has a cursor open, that stands on page 3 of events, and does nothing: an
-- application fetched a hundred rows and went for lunch. Its snapshot is younger than the rows that
-- a vacuum removes, so that it needs none of them. But vacuum's record for page 3 moves rows within the
-- page, and replay must have the page for itself; the cursor has it pinned. When the delay is over,
--   FATAL: terminating connection due to conflict with recovery
--   DETAIL: User was holding shared buffer pin for too long.
-- and not "canceling statement": the session was idle in its transaction, and had no statement to cancel.
-- The other pages' records do not wait. Try --set page=9999, where the table has no page.
local p = sim.params { delay = "5s", page = 3 }
sim.describe "Hot standby conflict: a vacuum on the primary, an open cursor on the standby"
sim.run_for "30s"

local primary = sim.node("primary", "postgres", { autovacuum = false })
local standby = sim.node("standby", "postgres", { upstream = primary, max_standby_streaming_delay = p.delay })
sim.link(primary, standby, { delay = "500us", bandwidth = "1Gbit/s" })
sim.workload { name = "app", target = primary, clients = 8, rate = "200/s", mix = { update = 1.0 } }

local why_ended
sim.at("1s", function() primary:command("create_table", { name = "events", rows = 1200 }) end)
sim.at("4s", function()
  primary:command("transaction", { table = "events", kind = "update", bytes = "120kB" })
end)
sim.at("6s", function()
  standby:command("query", { table = "events", lasts = "50ms", idle = "20s", cursor_page = p.page },
    function(rows, why)
      why_ended = why
      print("the session with the cursor, at " .. sim.format_ns(sim.now()) .. ": " .. (rows or why))
    end)
end)
sim.at("8s", function() primary:command("vacuum", { table = "events" }) end)

local function row() return standby:view("pg_stat_database_conflicts")[1] end
if p.page == 3 then
  sim.expect("the startup process waits for a pin", function()
    for _, process in ipairs(standby:view("pg_stat_activity")) do
      if process.wait_event == "BufferPin" then return true end
    end
    return false
  end, { at = "10s" })
  sim.expect("the session's connection is terminated", function()
    return why_ended and why_ended:find("FATAL: 40001: terminating connection", 1, true) ~= nil
  end, { from = "12900ms", by = "13200ms" })
  sim.expect("it is counted in confl_bufferpin", function()
    return row().confl_bufferpin == 1 and row().confl_snapshot == 0
  end)
else
  sim.expect("no pin, no conflict", function() return row().confl_bufferpin == 0 end)
end

sim.plot("series", {
  of = standby, probes = "xact_replay_age,confl_bufferpin",
  title = "How old the standby is, and how many sessions it has ended",
})
