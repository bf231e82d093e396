-- Where replication lag comes from (1): one large transaction.
--
-- At 10 s one transaction writes 400 MB. Its WAL is sent while it is being written, and the standby
-- has it safe on disk almost as soon as the primary has. But one process replays it, in order, and
-- manages 60 MB/s of the 100 MB/s that come in: every small commit behind it waits its turn, and a
-- reader of the standby sees a database that is seconds old.
--
-- At 25 s, for contrast, the standby's disk slows down for five seconds. Now look at both plots:
--   lag      what readers of the standby see. The transaction makes it, the slow disk hardly.
--   latency  what writers on the primary wait for: with synchronous_commit = on, for the standby's
--            disk and not for its replay. The slow disk makes it, the transaction hardly.
-- Try --set level=remote_apply: writers then wait for replay, and the first plot's lag shows up in
-- the second. Try --set level=local: writers know nothing of the standby.
local p = sim.params {
  burst = "400MB",
  replay_rate = "60MB/s", -- what one replaying process manages
  rate = "500/s",
  level = "on",
}
sim.describe "Where replication lag comes from: one large transaction"
sim.run_for "40s"

local primary = sim.node("primary", "postgres", {
  synchronous_commit = p.level,
  synchronous_standby_names = "standby",
  disk = { sync = sim.lognormal("1ms", "4ms") },
})
local standby = sim.node("standby", "postgres", {
  upstream = primary,
  application_name = "standby",
  replay_rate = p.replay_rate,
  disk = { sync = sim.lognormal("1ms", "4ms") },
})
sim.link(primary, standby, { delay = sim.lognormal("500us", "2ms"), bandwidth = "2Gbit/s" })
local app = sim.workload {
  name = "app", target = primary,
  clients = 32, rate = p.rate, mix = { read = 0.5, update = 0.5 },
}

-- It asks for no synchronous commit itself, so its end is the end of its writing.
sim.at("10s", function()
  local began = sim.now()
  primary:command("transaction", { bytes = p.burst, synchronous_commit = "off" }, function()
    sim.mark(began, sim.now(), "large transaction")
  end)
end)
sim.at("25s", function() standby:disk_slow(20, { lasts = "5s" }) end)

sim.expect("a reader of the standby sees a database more than a second old", function()
  return standby:view("recovery")[1].replay_lag > sim.duration "1s"
end, { from = "10s", by = "15s" })
if p.level == "on" then
  sim.expect("writers on the primary do not wait for that", function()
    local latency = app:probe("latency")
    return sim.time() > 24 or latency == nil or latency < sim.duration "100ms"
  end, { always = true })
  sim.expect("but they wait for the standby's slow disk", function()
    return app:probe("latency") > sim.duration "40ms"
  end, { from = "25s", by = "30s" })
end
sim.expect("in the end the standby has caught up", function()
  local row = primary:view("pg_stat_replication")[1]
  if row == nil then return false, "it is not connected" end
  local behind = row.send_lag_bytes + row.replay_lag_bytes
  return behind < sim.bytes "100kB", behind .. " bytes behind"
end)

sim.plot("lag", { of = standby, upstream = primary })
sim.plot("latency", { of = "write", title = "Commit latency on the primary" })
