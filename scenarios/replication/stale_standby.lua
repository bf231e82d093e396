-- Reads from standbys are not linearizable: a standby that lags shows a value that had been overwritten before the read was
-- asked. sim.check judges what the clients saw, knowing nothing of standbys; check_register.svg in the run's folder
-- draws a read that fits nowhere. With `--set read_from=primary` all reads go to the primary, the history is
-- linearizable, and this scenario, which wants to see a breach, fails.
local p = sim.params { read_from = "standbys", lag = "80ms" }
sim.describe "Reads from standbys that lag are not linearizable"
sim.run_for "4s"

local primary = sim.node("primary", "postgres")
local near = sim.node("near", "postgres", { upstream = primary, application_name = "near" })
local far = sim.node("far", "postgres", { upstream = primary, application_name = "far" })
sim.link(primary, far, { delay = p.lag })

local from = p.read_from == "standbys" and { near, far } or nil
sim.workload { name = "app", target = primary, read_from = from, clients = 4, think = "20ms", keys = 5, mix = "A", start = "1s" }

sim.check("register", { demonstrates = true })
