-- What asynchronous replication loses: acknowledged commits that only the primary had.
--
-- The primary's host is gone for good at 10 s (its disk too). The standby is promoted and goes on without
-- the commits that were acknowledged and not yet received. With synchronous_commit = on and this standby
-- in synchronous_standby_names nothing is lost: try --set names=standby.
local p = sim.params { names = "", delay = "20ms" }
sim.describe "What asynchronous replication loses when the primary is gone"
sim.run_for "20s"

local primary = sim.node("primary", "postgres", { synchronous_standby_names = p.names })
local standby = sim.node("standby", "postgres", { upstream = primary, application_name = "standby" })
sim.link(primary, standby, { delay = p.delay, bandwidth = "1Gbit/s" })
sim.workload { name = "app", clients = 32, target = primary, rate = "1000/s", mix = { update = 1.0 }, stop = "15s" }

local at_risk
sim.at("10s", function()
  at_risk = primary:probe("commits_at_risk")
  primary:crash()
  primary:lose_disk()
end)
sim.at("12s", function() standby:command("promote", {}) end)

sim.expect("commits that clients were told of are gone, if replication was asynchronous", function()
  print(at_risk .. " acknowledged commits were on no standby's disk when the primary went")
  if p.names == "" then return at_risk > 0 else return at_risk == 0 end
end)
sim.expect("the standby is the primary now", function()
  return standby:view("recovery")[1].pg_is_in_recovery == false
end)
sim.plot("series", { of = primary, probes = "commits_at_risk", title = "Acknowledged commits that only the primary has" })
