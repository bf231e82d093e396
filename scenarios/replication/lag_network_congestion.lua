-- Where replication lag comes from (2): the network.
--
-- The link to the standby has 60 kB/s left while a backup copies over it. The primary's socket fills, the
-- walsender has to wait, and send_lag_bytes grows: WAL that was flushed here and not sent yet. The
-- standby itself is idle; its replay lag in bytes, counted from sent_lsn, stays small.
local p = sim.params { congested = "60kB/s", rate = "2000/s" }
sim.describe "Where replication lag comes from: network congestion"
sim.run_for "40s"

local primary = sim.node("primary", "postgres", { tcp_send_buffer = "256kB" })
local standby = sim.node("standby", "postgres", { upstream = primary, tcp_receive_buffer = "256kB" })
sim.link(primary, standby, { delay = "500us", bandwidth = "1Gbit/s" })

sim.workload { name = "app", clients = 32, target = primary, rate = p.rate, mix = "A", stop = "38s" }

sim.at("10s", function() sim.congest(primary, standby, p.congested, { lasts = "10s" }) end)

sim.expect("WAL piles up before the network", function()
  return primary:view("pg_stat_replication")[1].send_lag_bytes > sim.bytes "500kB"
end, { by = "21s" })
sim.expect("and drains when it is free again", function()
  local row = primary:view("pg_stat_replication")[1]
  return row.send_lag_bytes == 0 and row.replay_lag_bytes < sim.bytes "100kB"
end)

sim.plot("lag", { of = standby, upstream = primary })
sim.plot("breakdown", { of = standby })
