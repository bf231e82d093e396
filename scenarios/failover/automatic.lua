-- Automatic failover: three servers, an agent beside each, and a witness that holds the leader key.
--
-- At 30 s the primary's host loses power. Its agent renews the key no more; when ttl is over, the agents of the other
-- two race for it, the one with the most WAL gets it, and promotes its server. The third follows. At 90 s the
-- host is back. Its server comes up stopped, as it is managed, and its agent asks who leads before it starts
-- anything: it was a primary, so it is rewound, and becomes a standby. No user was told of a commit that is
-- gone, as ANY 1 of the others had each of them: with --set names= the last moments may be lost.
-- How long nobody could write is ttl and a bit: a smaller ttl is a shorter outage, and more failovers for nothing.
local p = sim.params { names = "ANY 1 (*)", ttl = "30s", loop_wait = "10s", retry_timeout = "10s" }
sim.describe "Automatic failover by agents and a witness"
sim.run_for "150s"

local cluster = require "cluster" {
  hosts = { "alpha", "beta", "gamma" },
  server = { synchronous_standby_names = p.names },
  agent = { ttl = p.ttl, loop_wait = p.loop_wait, retry_timeout = p.retry_timeout },
}
sim.links { delay = sim.lognormal("500us", "2ms"), bandwidth = "1Gbit/s" }
local app = sim.workload {
  name = "app", targets = cluster.all, clients = 32, rate = "200/s", mix = "A", timeout = "2s", start = "15s",
}

local began, ended
sim.at("30s", function()
  began = sim.now()
  cluster.servers.alpha:crash()
end)
sim.at("90s", function()
  cluster.servers.alpha:restart()
  cluster.agents.alpha:restart()
end)
local new_primary
sim.every("20ms", function()
  local found = cluster.primaries()
  if not new_primary and began and #found == 1 then
    new_primary, ended = found[1], sim.now()
    sim.mark(began, ended, "no primary")
    sim.result("time without a primary [s]", "ttl " .. sim.format_ns(p.ttl), (ended - began) / 1000000000)
  end
end)

sim.expect("never two primaries", function() return #cluster.primaries() <= 1 end, { always = true, from = "1s" })
sim.expect("another one is primary within ttl and two cycles", function()
  return ended and ended - began < p.ttl + 2 * p.loop_wait
end, { from = "30s", by = "90s" })
sim.expect("users write again", function()
  return new_primary and new_primary:probe "commits" > 0 and app:probe "connected" == true
end, { at = "89s" })
sim.expect("in the end all follow it, the old primary too", function()
  if not new_primary then return false end
  local rows = new_primary:view("pg_stat_replication")
  for _, row in ipairs(rows) do
    if row.state ~= "streaming" or row.replay_lag_bytes > sim.bytes "200kB" then return false end
  end
  return #rows == 2
end)
sim.plot("series", { of = cluster.all, probes = "commits", title = "Commits: acknowledged by a primary, replayed by a standby" })
