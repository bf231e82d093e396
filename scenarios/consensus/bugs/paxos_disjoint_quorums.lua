-- Bug switch disjoint_quorums: half of the acceptors count as a majority
--
-- Four acceptors, and two are taken for enough, as `n / 2` instead of `n / 2 + 1` would have it. The network parts them
-- two and two: each side has a leader, and both choose. The knobs q1 and q2 with `insist` make the same mistake
-- (consensus/flexible_quorums.lua). `--set bug=false` runs the same without the mistake: then the law holds, and this
-- scenario, which wants it broken, fails.
local p = sim.params { bug = true }
sim.describe "Bug: quorums that do not intersect"
sim.run_for "6s"

local nodes = sim.nodes("n", 4, "paxos", { peers = sim.all, bugs = p.bug and { "disjoint_quorums" } or nil })
sim.links { delay = "1ms", reset_after = "200ms" }
sim.at("1s", function() sim.partition({ nodes[1], nodes[2] }, { nodes[3], nodes[4] }, { lasts = "3s" }) end)
sim.random_faults() -- of these cuts some part nodes that say nothing to each other
sim.every("100ms", function()
  for _, node in ipairs(nodes) do
    if node:probe "leader" == true then node:command("propose", { count = 1 }) end
  end
end)
sim.demonstrates "At Most One Value Is Chosen"
