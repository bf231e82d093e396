-- Bug switch ignore_conflicts: replay has no regard for queries on the standby
--
-- Vacuum's record removes rows that a query on the standby may still need, and the startup process applies it
-- without a look. The query goes on and ends well, and its answer is wrong: rows that its snapshot
-- should show are gone. That is what cancelled queries are cancelled for.
-- `--set bug=false` runs the same without it: then the law holds, and this scenario, which wants it broken,
-- fails.
local p = sim.params { bug = true }
sim.describe "Bug: replay has no regard for queries on the standby"
sim.run_for "30s"

local primary = sim.node("primary", "postgres", {
  autovacuum_naptime = "2s", autovacuum_vacuum_scale_factor = 0.05,
})
local standby = sim.node("standby", "postgres", { upstream = primary, bugs = p.bug and { "ignore_conflicts" } or nil })
sim.link(primary, standby, { delay = "500us", bandwidth = "1Gbit/s" })
sim.workload { name = "app", target = primary, clients = 8, rate = "400/s", mix = { update = 1.0 } }
sim.at("5s", function() standby:command("query", { lasts = "20s" }) end)
sim.demonstrates "Snapshots Keep Their Rows"
