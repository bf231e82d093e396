-- Bug switch ignore_feedback: vacuum has no regard for hot_standby_feedback
--
-- The standby says what its report needs, and the primary's vacuum computes its horizon without it. The report
-- is cancelled in spite of the setting, which nobody understands.
-- `--set bug=false` runs the same without it: then the law holds, and this scenario, which wants it broken,
-- fails.
local p = sim.params { bug = true }
sim.describe "Bug: vacuum has no regard for hot_standby_feedback"
sim.run_for "30s"

local primary = sim.node("primary", "postgres", {
  autovacuum_naptime = "2s", autovacuum_vacuum_scale_factor = 0.05,
  bugs = p.bug and { "ignore_feedback" } or nil,
})
local standby = sim.node("standby", "postgres", {
  upstream = primary, hot_standby_feedback = true, wal_receiver_status_interval = "1s",
})
sim.link(primary, standby, { delay = "500us", bandwidth = "1Gbit/s" })
sim.workload { name = "app", target = primary, clients = 8, rate = "400/s", mix = { update = 1.0 } }
sim.at("5s", function() standby:command("query", { lasts = "20s" }) end)
sim.demonstrates "Feedback Is Honoured"
