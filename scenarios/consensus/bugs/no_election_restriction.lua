-- Bug switch no_election_restriction (of raft): votes go to candidates whose log is behind
--
-- n3 is cut off while n1 commits with n2. Then n1 dies, and n3, back again, asks for votes: n2 should say that its
-- own log is longer. With its vote n3 leads without what was committed.
local p = sim.params { bug = true }
sim.describe "Bug: a candidate without the committed entries is elected"
sim.run_for "3s"

local group = require "raft_group" (3, { by_hand = true, bugs = p.bug and { "no_election_restriction" } or nil })
sim.links { delay = "1ms" }
sim.spawn(function()
  sim.sleep "100ms"
  group.stands(group.n1)
  sim.isolate(group.n3)
  sim.sleep "10ms"
  group.propose(group.n1, 10)
  sim.sleep "200ms"
  group.n1:crash()
  sim.heal()
  sim.sleep "500ms"
  group.n3:command("campaign")
  sim.sleep "100ms"
  group.n3:command("campaign")
  sim.sleep "100ms"
  if not group.leader() then group.stands(group.n2) end -- as it should be
end)
sim.demonstrates "Leader Completeness"
