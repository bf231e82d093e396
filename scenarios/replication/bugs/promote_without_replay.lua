-- Bug switch promote_without_replay: a promoted standby throws away what it had received and not replayed
--
-- The standby has confirmed that it flushed the commits, and clients were told so. Its replay is slow. When the
-- primary is gone it is promoted, and begins its new timeline where its replay is, not where its WAL
-- ends, as an impatient operator does with pg_resetwal. PostgreSQL replays all that was received first.
-- `--set bug=false` runs the same without it: then the law holds, and this scenario, which wants it broken,
-- fails.
local p = sim.params { bug = true }
sim.describe "Bug: promotion without waiting for replay of received WAL"
sim.run_for "20s"

local primary = sim.node("primary", "postgres", { synchronous_standby_names = "standby" })
local standby = sim.node("standby", "postgres", {
  upstream = primary, application_name = "standby", replay_cost = "1ms",
  bugs = p.bug and { "promote_without_replay" } or nil,
})
sim.link(primary, standby, { delay = "500us", bandwidth = "1Gbit/s" })
sim.workload { name = "app", target = primary, clients = 64, rate = "1000/s", mix = { update = 1.0 } }
sim.at("8s", function() primary:crash() end)
sim.at("9s", function() standby:command("promote", {}) end)
sim.demonstrates "Nothing Acknowledged Is Lost"
