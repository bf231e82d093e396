-- A storm over a cluster with a failover manager: there may be no primary for a while, but never two.
--
-- Crashes, kills, cuts, slow disks and networks for two minutes, drawn from the seed; not pauses, which fool the manager
-- (paused_agent.lua). The clock of no host is trusted: a lease is counted by monotonic clocks, which drift here by
-- less than Patroni allows for. When the storm is over there is one primary, and the two others follow it.
local p = sim.params { names = "ANY 1 (*)", rate = "0.5/s", storm = "120s" }
sim.describe "Chaos over a cluster with a failover manager"
sim.run_for "240s"

local cluster = require "cluster" {
  hosts = { "alpha", "beta", "gamma" },
  host = { disk = { sync = sim.lognormal("1ms", "8ms"), crash = "any", tears = true, keeps_dirty = true } },
  server = {
    synchronous_standby_names = p.names, wal_keep_size = "1GiB", wal_sender_timeout = "5s", wal_receiver_timeout = "5s",
    wal_retrieve_retry_interval = "1s", hot_standby_feedback = true, autovacuum_naptime = "10s",
    wal_receiver_status_interval = "1s",
  },
  agent = { ttl = "30s" },
}
sim.links { delay = sim.lognormal("500us", "3ms"), bandwidth = "1Gbit/s", reset_after = "4s" }
sim.workload {
  name = "app", targets = cluster.all, clients = 8, rate = "40/s", mix = "A", timeout = "2s", start = "12s", stop = "220s",
}

sim.chaos { from = "15s", to = 15 * 1000000000 + p.storm, rate = p.rate, down_max = 2, kinds = {
  "crash", "kill", "cut", "cut_one_way", "isolate", "loss", "delay", "disk_slow", "slow_cpu",
} }

-- A host that lost its power comes back with all that runs on it; systemd starts what has ended.
sim.every("3s", function()
  for name, server in pairs(cluster.servers) do
    if not server:up() then server:restart() end
    if not cluster.agents[name]:up() then cluster.agents[name]:restart() end
  end
  if not cluster.witness:up() then cluster.witness:restart() end
end)

sim.expect("when all is well again, there is one primary, and two follow it", function()
  local found = cluster.primaries()
  if #found ~= 1 then return false, #found .. " primaries" end
  local rows = found[1]:view("pg_stat_replication")
  return #rows == 2, #rows .. " standbys"
end)
sim.plot("series", { of = cluster.all, probes = "commits", title = "Commits: acknowledged by a primary, replayed by a standby" })
