-- Where replication lag comes from (4): replay.
--
-- Thirty-two backends write WAL on the primary; on the standby one process, the startup process,
-- replays it. An update is two records (the row's change and the commit), a record takes 300 us to
-- replay: some 1,600 updates a second are the most it can do. From 5 s to 15 s a second application
-- writes as well, and there are more. All of it is received and flushed in time, so that nothing
-- would be lost; it is replayed late. The standby works off its backlog with what the first
-- application leaves it.
local p = sim.params { replay_cost = "300us", usual = "500/s", more = "2000/s" }
sim.describe "Where replication lag comes from: slow replay"
sim.run_for "40s"

local primary = sim.node("primary", "postgres")
local standby = sim.node("standby", "postgres", { upstream = primary, replay_cost = p.replay_cost })
sim.link(primary, standby, { delay = "500us", bandwidth = "1Gbit/s" })
sim.workload {
  name = "app", target = primary, clients = 32, rate = p.usual, mix = { update = 1.0 },
}
local batch = sim.workload {
  name = "batch", target = primary, clients = 32, rate = p.more, mix = { update = 1.0 },
  off = true, stop = "10s",
}
sim.at("5s", function() batch:restart() end)
sim.mark("5s", "15s", "a second application writes")

sim.expect("replay falls behind by more than two seconds", function()
  return standby:probe("lag_replay") > sim.duration "2s"
end, { from = "5s", by = "20s" })
sim.expect("while all is flushed in time", function()
  local lag = standby:probe("lag_flush")
  return lag == nil or lag < sim.duration "50ms"
end, { always = true })
sim.expect("it catches up when the second application is done", function()
  return standby:probe("lag_replay") < sim.duration "50ms"
end, { from = "20s", by = "38s" })

sim.plot("lag", { of = standby, upstream = primary })
sim.plot("breakdown", { of = standby })
