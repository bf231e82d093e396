-- A failover manager is fooled by a pause: the agent sleeps, its server does not.
--
-- At 30 s the leader's agent stops for 70 s: swapped out, stopped by a debugger, starved by another process. It renews
-- its key no more, and it cannot stop its server either. When ttl is over the others do what they must, and
-- promote one. Now there are two primaries, each with users: the law One Writer is broken. At 100 s the agent wakes
-- up, finds that another leads, stops its server, and rewinds it: what that had acknowledged since is gone.
-- Patroni's answer is a watchdog: a device that resets the whole host unless the agent feeds it. Or let the
-- storage, or the network, refuse the old one. Try --set whole_host=true, a virtual machine that is moved: the
-- server sleeps with its agent, and still acknowledges a few commits when both wake up, before the agent has
-- looked at its clock.
local p = sim.params { whole_host = false, ttl = "30s" }
sim.describe "A failover manager is fooled by a pause of its agent"
sim.run_for "150s"

local cluster = require "cluster" { hosts = { "alpha", "beta", "gamma" }, agent = { ttl = p.ttl } }
sim.links { delay = sim.lognormal("500us", "2ms"), bandwidth = "1Gbit/s" }
local alpha = cluster.servers.alpha
sim.workload { name = "near", target = alpha, clients = 8, rate = "50/s", mix = "A", timeout = "2s", start = "15s" }
sim.workload {
  name = "app", targets = { cluster.servers.beta, cluster.servers.gamma, alpha }, clients = 32, rate = "200/s", mix = "A",
  timeout = "2s", start = "15s",
}

sim.at("30s", function()
  cluster.agents.alpha:pause({ lasts = "70s" })
  if p.whole_host then alpha:pause({ lasts = "70s" }) end
end)
local two = 0
sim.every("100ms", function() if #cluster.primaries() > 1 then two = two + 0.1 end end)

sim.expect("in the end there is one primary again, and alpha follows it", function()
  sim.result("seconds with two primaries", "in all", two)
  local found = cluster.primaries()
  return #found == 1 and found[1] ~= alpha and #found[1]:view("pg_stat_replication") == 2
end)
sim.expect("there were two for most of a minute", function() return two > 30 or p.whole_host end)
sim.demonstrates("One Writer", { go_on = true })
sim.plot("series", { of = cluster.all, probes = "commits", title = "Commits: acknowledged by a primary, replayed by a standby" })
