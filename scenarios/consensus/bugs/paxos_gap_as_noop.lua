-- Bug switch gap_as_noop: a new leader takes a gap in its own log for a no-op, and asks nobody
--
-- A follower is cut off for a while; what is chosen meanwhile it has not. Back in touch it accepts the next instance, above
-- the gap, and asks for what it missed; the question is held up, and the leader loses power. The follower leads. It should
-- prepare the instances of the gap, and be told by the other what was accepted there; it takes them for no-ops. "Gaps
-- are filled by no-ops" is half of the rule: phase 1 comes before (Paxos Made Simple, section 3). `--set bug=false`
-- runs the same without the mistake: then the law holds, and this scenario, which wants it broken, fails.
local p = sim.params { bug = true }
sim.describe "Bug: a gap is taken for a no-op without a prepare"
sim.run_for "8s"

local nodes = sim.nodes("n", 3, "paxos", {
  peers = sim.all, election_timeout = "600ms", election_timeout_max = "1200ms", reconnect = "20ms", retransmit = "300ms",
  bugs = p.bug and { "gap_as_noop" } or nil,
})
sim.links { delay = "1ms", reset_after = "100ms" }
local leader, behind
local function propose(count)
  return function() leader:command("propose", { count = count }) end
end
sim.at("2s", function()
  for _, node in ipairs(nodes) do
    if node:probe "leader" == true then leader = node else behind = node end
  end
  propose(5)()
end)
sim.at("3s", function()
  sim.hold(behind, leader, { type = "fetch" })
  sim.cut(leader, behind, { lasts = "200ms" })
end)
sim.at("3010ms", propose(5)) -- chosen without it
sim.at("3400ms", propose(1))
sim.when(function() return behind and behind:probe "gaps" > 0 end, function()
  leader:crash()
  behind:command("campaign")
end)
sim.demonstrates "Only Chosen Values Are Learned"
