-- A trap: now() - pg_last_xact_replay_timestamp() grows while nobody writes.
--
-- It is the query that most monitoring asks a standby, and it is the age of the last commit that was
-- replayed. Under load that is the lag. From 10 s on nobody writes here: the standby has everything,
-- there is nothing to replay, and the query says that it falls behind by a second each second. In
-- bytes it is 0 all along. And the lag columns of pg_stat_replication become NULL, which means
-- "caught up, and nothing to measure", not "unknown".
-- At 25 s somebody writes one row, and the alarm is over. Nothing had been wrong, nothing was
-- repaired. What helps: ask in bytes, or let something write each second (a heartbeat).
sim.describe "A trap: the replay lag of an idle primary"
sim.run_for "30s"

local primary = sim.node("primary", "postgres")
local standby = sim.node("standby", "postgres", { upstream = primary })
sim.link(primary, standby, { delay = "500us", bandwidth = "1Gbit/s" })
sim.workload {
  name = "app", target = primary, clients = 4, rate = "100/s", mix = "A", stop = "10s",
}
sim.at("25s", function() primary:command("transaction", { bytes = 200, rows = 1 }) end)
sim.mark("10s", "25s", "nobody writes")

local function popular() return standby:view("recovery")[1].replay_lag end
sim.expect("the popular query says: almost 15 seconds behind", function()
  return popular() > sim.duration "14s"
end, { at = "24900ms" })
sim.expect("there was nothing to replay all the while", function()
  return sim.time() < 11 or standby:view("recovery")[1].replay_lag_bytes == 0
    or sim.time() > 25 -- the one row
end, { always = true })
sim.expect("the lag columns of pg_stat_replication are NULL", function()
  return primary:view("pg_stat_replication")[1].replay_lag == nil
end, { at = "24900ms" })
sim.expect("one small write ends the alarm", function() return popular() < sim.duration "1s" end,
  { from = "25s", by = "26s" })

sim.plot("series", {
  of = standby, probes = "xact_replay_age,behind_upstream_bytes",
  title = "now() - pg_last_xact_replay_timestamp(), and what there is to replay",
})
