-- The leader is cut off from the witness, and fences itself off.
--
-- At 30 s the network of alpha's rack fails, but for its users. alpha is well, it is the primary, its users still reach
-- it. Its agent cannot renew its key: after retry_timeout, and before ttl is over for the others, it stops its own
-- server ("demoting self because DCS is not accessible and I was a leader"). Only then may another be promoted. A
-- primary that is alive is killed: that is the price of having one. At 80 s the network is back, alpha is
-- rewound if it has to be, and follows.
-- Replication is asynchronous here: what alpha acknowledged alone, between the cut and its stop, is lost, and
-- counted. Fencing keeps two from writing at once; it brings nothing back. That takes synchronous_commit.
local p = sim.params { ttl = "30s", loop_wait = "10s", retry_timeout = "10s" }
sim.describe "A leader that cannot reach the witness steps down before another is promoted"
sim.run_for "150s"

local cluster = require "cluster" {
  hosts = { "alpha", "beta", "gamma" },
  agent = { ttl = p.ttl, loop_wait = p.loop_wait, retry_timeout = p.retry_timeout },
}
sim.links { delay = sim.lognormal("500us", "2ms"), bandwidth = "1Gbit/s" }
sim.workload {
  name = "app", targets = cluster.all, clients = 32, rate = "200/s", mix = "A", timeout = "2s", start = "15s",
}
local alpha, beta, gamma = table.unpack(cluster.all)

local lost = require "lost_commits" ()
sim.at("30s", function()
  sim.cut({ alpha, cluster.agents.alpha }, { beta, gamma, cluster.agents.beta, cluster.agents.gamma, cluster.witness },
    { lasts = "50s" })
end)
sim.random_faults() -- of these cuts some part nodes that say nothing to each other
local stepped_down, promoted
sim.every("20ms", function()
  if sim.time() < 31 then return end
  if not stepped_down and alpha:view("recovery")[1].pg_is_in_recovery ~= false then stepped_down = sim.now() end
  local found = cluster.primaries()
  if not promoted and #found == 1 and found[1] ~= alpha then promoted = sim.now() end
end)

sim.expect("never two primaries", function() return #cluster.primaries() <= 1 end, { always = true, from = "1s" })
sim.expect("the old one stops before the new one begins", function()
  sim.result("seconds after the cut", "alpha stops", (stepped_down - 30000000000) / 1000000000)
  sim.result("seconds after the cut", "another is promoted", (promoted - 30000000000) / 1000000000)
  sim.result("lost commits", "acknowledged by alpha after the cut", lost.count)
  return stepped_down < promoted
end)
sim.expect("in the end alpha follows", function()
  local found = cluster.primaries()
  return #found == 1 and found[1] ~= alpha and #found[1]:view("pg_stat_replication") == 2
end)
sim.plot("series", { of = cluster.all, probes = "commits", title = "Commits: acknowledged by a primary, replayed by a standby" })
