-- Where replication lag comes from (2): the network.
--
-- For ten seconds a backup fills the link, and replication has 600 kB/s left of it, while the primary
-- writes twice as much. The primary's socket is full, the walsender waits for it, and WAL that is
-- flushed here and not sent piles up: send_lag_bytes = pg_current_wal_lsn() - sent_lsn. Look only at
-- sent_lsn - replay_lsn, as many do, and all is well: the standby has replayed what it was sent.
-- When the link is free again, what is in the socket and the network drains first.
local p = sim.params { left = "600kB/s", rate = "2000/s" }
sim.describe "Where replication lag comes from: network congestion"
sim.run_for "40s"

local primary = sim.node("primary", "postgres", { tcp_send_buffer = "256kB" })
local standby = sim.node("standby", "postgres", {
  upstream = primary, tcp_receive_buffer = "256kB",
})
sim.link(primary, standby, { delay = "500us", bandwidth = "1Gbit/s" })
sim.workload {
  name = "app", target = primary,
  clients = 32, rate = p.rate, mix = { read = 0.5, update = 0.5 }, value = "1kB",
}

sim.at("10s", function() sim.congest(primary, standby, p.left, { lasts = "10s" }) end)

sim.expect("WAL piles up before the network", function()
  return primary:view("pg_stat_replication")[1].send_lag_bytes > sim.bytes "2MB"
end, { from = "10s", by = "20s" })
sim.expect("and hardly any after it: sent_lsn - replay_lsn is a socket's worth", function()
  local row = primary:view("pg_stat_replication")[1]
  return sim.time() > 20 or row == nil or row.replay_lag_bytes < sim.bytes "800kB"
end, { always = true })
sim.expect("in the breakdown it is the network's share", function()
  local lag = standby:probe("lag_network")
  return lag ~= nil and lag > sim.duration "3s"
end, { from = "10s", by = "21s" })
sim.expect("it drains when the link is free again", function()
  local row = primary:view("pg_stat_replication")[1]
  return row.send_lag_bytes < sim.bytes "10kB" and row.replay_lag_bytes < sim.bytes "100kB"
end, { from = "20s", by = "22s" })

sim.plot("lag", { of = standby, upstream = primary })
sim.plot("breakdown", { of = standby })
