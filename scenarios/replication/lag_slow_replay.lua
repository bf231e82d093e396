-- Where replication lag comes from (4): replay.
--
-- Many backends write WAL on the primary, one startup process replays it. Here replay of a record costs
-- 400 us: 2,500 records a second, while the primary makes more. Everything is received and flushed in
-- time (nothing would be lost), and readers of the standby see an ever older database.
local p = sim.params { replay_cost = "400us", rate = "2000/s" }
sim.describe "Where replication lag comes from: slow replay"
sim.run_for "40s"

local primary = sim.node("primary", "postgres", {})
local standby = sim.node("standby", "postgres", { upstream = primary, replay_cost = p.replay_cost })
sim.link(primary, standby, { delay = "500us", bandwidth = "1Gbit/s" })

sim.workload { name = "app", clients = 32, target = primary, rate = p.rate, mix = { update = 1.0 },
               start = "5s", stop = "20s" }

sim.expect("replay falls behind", function()
  return standby:probe("lag_replay") > sim.duration "500ms"
end, { by = "21s" })
sim.expect("all is flushed in time all the while", function()
  local lag = standby:probe("lag_flush")
  return lag == nil or lag < sim.duration "100ms"
end, { always = true })
sim.expect("and catches up when the load ends", function()
  return primary:view("pg_stat_replication")[1].replay_lag_bytes == 0
end)

sim.plot("lag", { of = standby, upstream = primary })
sim.plot("breakdown", { of = standby })
