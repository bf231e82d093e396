-- Bug switch no_fencing (of patroni): an agent that has lost its lease leaves its server a primary
--
-- The leader is cut off from the witness. Its agent should stop its server before the key expires, and does not: "the
-- database is well, why should I kill it?" When the others promote one, there are two.
-- `--set bug=false` runs the same without it: then the law holds, and this scenario, which wants it broken,
-- fails.
local p = sim.params { bug = true }
sim.describe "Bug: an agent without a lease leaves its server a primary"
sim.run_for "90s"

local cluster = require "cluster" {
  hosts = { "alpha", "beta", "gamma" }, agent = { bugs = p.bug and { "no_fencing" } or nil },
}
sim.links { delay = "1ms", bandwidth = "1Gbit/s" }
sim.workload {
  name = "app", targets = cluster.all, clients = 8, rate = "50/s", mix = "A", timeout = "2s", start = "15s",
}
sim.at("30s", function() sim.cut(cluster.agents.alpha, cluster.witness) end)
sim.demonstrates "No Primary Without A Lease"
