-- Where replication lag comes from (1): one large transaction.
--
-- A standby replays WAL in one process, in order. A transaction that writes 400 MB makes WAL faster than
-- the network carries it and replay digests it, and every small commit that comes after it waits in
-- line. On the primary nothing looks wrong but the bytes in pg_stat_replication; a reader on the
-- standby sees a database that stands still.
local p = sim.params { burst = "400MB", bandwidth = "1Gbit/s", rate = "500/s" }
sim.describe "Where replication lag comes from: one large transaction"
sim.run_for "40s"

local primary = sim.node("primary", "postgres", { disk = { sync = sim.lognormal("1ms", "4ms") } })
local standby = sim.node("standby", "postgres", {
  upstream = primary,
  replay_rate = "60MB/s", -- what one replaying process manages
  disk = { sync = "2ms" },
})
sim.link(primary, standby, { delay = sim.lognormal("500us", "2ms"), bandwidth = p.bandwidth })

sim.workload { name = "app", clients = 16, target = primary, rate = p.rate, mix = "A", stop = "38s" }

sim.at("10s", function()
  primary:command("transaction", { bytes = p.burst, synchronous_commit = "off" })
end)
sim.mark("10s", "14s", "large transaction")

sim.expect("the standby falls more than a second behind", function()
  return standby:view("recovery")[1].replay_lag > sim.duration "1s"
end, { by = "15s" })
sim.expect("and catches up", function()
  local row = primary:view("pg_stat_replication")[1]
  return row.replay_lag_bytes == 0 and row.send_lag_bytes == 0
end)

sim.plot("lag", { of = standby, upstream = primary })
sim.plot("latency", { of = "app" })
