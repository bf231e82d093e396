-- A split brain: two primaries, both of which acknowledge.
--
-- The network parts the primary from its standby, and leaves it a client. An operator, who sees only that it is gone,
-- promotes the standby; nobody has fenced the old primary off, and its client goes on. What it acknowledges from
-- there on is on no other server: when the network heals, one of two histories must be thrown away (PostgreSQL 15
-- manual, 27.3 Failover: "shoot the other node in the head"). `--set fenced=true` stops the old one first: the law
-- holds, and this scenario, which wants it broken, fails.
local p = sim.params { fenced = false }
sim.describe "A split brain: a promotion without fencing"
sim.run_for "20s"

local primary = sim.node("primary", "postgres")
local standby = sim.node("standby", "postgres", { upstream = primary })
local near = sim.workload { name = "near", clients = 2, target = primary, rate = "20/s", mix = "A" }
sim.workload { name = "far", clients = 2, target = standby, rate = "20/s", mix = "A", start = "9s" }
sim.links { delay = "500us" }

sim.demonstrates "One Writer" -- a law of the model: nobody commits on a timeline that was left

sim.at("5s", function() sim.cut(primary, standby, { lasts = "10s" }) end)
sim.spawn(function()
  sim.sleep "8s"
  if p.fenced then primary:crash() end
  standby:ask("promote")
end)
sim.plot("latency", { of = near })
