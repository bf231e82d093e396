-- What asynchronous replication loses: acknowledged commits that only the primary had.
--
-- A switch fails at 9.8 s and parts the primary from its standby; clients still reach the primary, which goes
-- on acknowledging. At 10 s the same fault takes its host, disk and all. The standby is promoted, without
-- the commits of those 200 ms. With synchronous_commit = on and the standby in
-- synchronous_standby_names, commits wait from the moment of the cut, and nothing is lost: try
-- --set names=standby. (Without the cut next to nothing is lost even so: what has been sent arrives.)
local p = sim.params { names = "", delay = "2ms" }
sim.describe "What asynchronous replication loses when the primary is gone"
sim.run_for "20s"

local primary = sim.node("primary", "postgres", { synchronous_standby_names = p.names })
local standby = sim.node("standby", "postgres", { upstream = primary, application_name = "standby" })
sim.link(primary, standby, { delay = p.delay, bandwidth = "1Gbit/s" })
sim.workload { name = "app", clients = 32, target = primary, rate = "1000/s", mix = { update = 1.0 }, stop = "15s" }

local lost = require "lost_commits" ()
local at_risk
sim.at("9800ms", function() sim.cut(primary, standby, { lasts = "1s" }) end)
sim.at("10s", function()
  at_risk = primary:probe("commits_at_risk")
  primary:crash()
  primary:lose_disk()
end)
sim.at("12s", function() standby:command("promote", {}) end)

sim.expect("commits that clients were told of are gone if replication was asynchronous, else none", function()
  print(lost.count .. " of " .. lost.told .. " acknowledged commits are lost (" .. at_risk ..
        " were on no standby's disk when the primary went)")
  if p.names == "" then return lost.count > 0 else return lost.count == 0 end
end)
sim.expect("the standby is the primary now", function()
  return standby:view("recovery")[1].pg_is_in_recovery == false
end)
sim.plot("series", { of = primary, probes = "commits_at_risk", title = "Acknowledged commits that only the primary has" })
