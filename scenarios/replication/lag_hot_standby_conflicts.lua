-- Where replication lag comes from (6): conflicts with queries on the standby, one after the other.
--
-- Three reporting tools ask the standby, one for 2 s at a time, one for 5, one for 8, for the table that the application updates.
-- Each vacuum on the primary conflicts with those that run just then. max_standby_streaming_delay is 4 s:
-- replay waits so long, cancels, catches up, and meets the next one. The lag is a saw, its teeth 4 s
-- high, and a part of the reports fails. Between "replay never waits" (--set delay=0: almost no report
-- ends well) and "no report is ever cancelled" (--set for_ever=true: nobody knows how old the standby is)
-- there is no good setting: what helps is hot_standby_feedback (--set feedback=true), at its own price,
-- or a standby for reports alone.
local p = sim.params { delay = "4s", for_ever = false, feedback = false, rate = "600/s" }
sim.describe "Where replication lag comes from: conflicts with queries on the standby"
sim.run_for "90s"

local primary = sim.node("primary", "postgres", {
  autovacuum_naptime = "6s", autovacuum_vacuum_scale_factor = 0.05,
})
local standby = sim.node("standby", "postgres", {
  upstream = primary, max_standby_streaming_delay = p.for_ever and -1 or p.delay, hot_standby_feedback = p.feedback,
  wal_receiver_status_interval = "1s",
})
sim.link(primary, standby, { delay = "500us", bandwidth = "1Gbit/s" })
sim.workload { name = "app", target = primary, clients = 32, rate = p.rate, mix = { update = 1.0 }, keys = 5000 }

local done, cancelled = 0, 0
local function tool(lasts, pause)
  local function report()
    standby:command("query", { lasts = lasts }, function(rows)
      if rows then done = done + 1 else cancelled = cancelled + 1 end
      sim.after(pause, report)
    end)
  end
  sim.after(pause, report)
end
sim.at("10s", function()
  tool("2s", "500ms")
  tool("5s", "700ms")
  tool("8s", "900ms")
end)

if p.delay == sim.duration "4s" and not p.feedback and not p.for_ever then
  local oldest = 0
  sim.every("100ms", function()
    local age = standby:view("recovery")[1].replay_lag or 0
    if age > oldest then oldest = age end
  end)
  sim.expect("the standby is now and then seconds old, as long as it waits for queries", function()
    return oldest > sim.duration "3s" and oldest < sim.duration "6s", "at most " .. sim.format_ns(oldest)
  end)
  sim.expect("some reports are cancelled, some are not", function()
    return cancelled >= 3 and done >= 3, done .. " ended well, " .. cancelled .. " were cancelled"
  end)
elseif p.feedback then
  sim.expect("feedback: no report is cancelled", function() return cancelled == 0 and done > 40 end)
end

sim.plot("series", {
  of = standby, probes = "xact_replay_age,conflicts",
  title = "How old the standby is, and how many reports it has cancelled",
})
sim.plot("lag", { of = standby, upstream = primary })
