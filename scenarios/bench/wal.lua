-- `orrery bench wal`: commits on a primary with one standby, as fast as closed loops make them.
sim.describe "Benchmark: commits of the WAL model"
sim.run_for "60s"
local primary = sim.node("primary", "postgres", {})
local standby = sim.node("standby", "postgres", { upstream = primary })
sim.link(primary, standby, { delay = "200us", bandwidth = "10Gbit/s" })
sim.workload { name = "app", clients = 64, target = primary, mix = { update = 1.0 } }
