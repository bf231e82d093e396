-- Bug switch ignore_accepted: a proposer takes its own value, whatever the promises tell it
--
-- n1's 111 is chosen, with the acceptances of all three. n3 did not hear that it is (the messages that say so are
-- held back), and proposes 333. The promises tell it of 111, which it must propose in place of its own (Paxos Made
-- Simple, 2.2, phase 2(a)). It does not. `--set bug=false` runs the same without the mistake: then the law holds,
-- and this scenario, which wants it broken, fails.
local p = sim.params { bug = true }
sim.describe "Bug: a proposer ignores the highest accepted value"
sim.run_for "3s"

local nodes = sim.nodes("n", 3, "paxos_decree", { peers = sim.all, bugs = p.bug and { "ignore_accepted" } or nil })
sim.links { delay = "2ms" }
sim.hold(nodes[1], { nodes[2], nodes[3] }, { type = "learn" })
sim.at("100ms", function() nodes[1]:command("propose", { value = 111 }) end)
sim.at("1s", function() sim.isolate(nodes[1]) end)
sim.at("1100ms", function() nodes[3]:command("propose", { value = 333 }) end)
sim.demonstrates "At Most One Value Is Chosen"
