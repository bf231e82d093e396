-- Bug switch reused_ballot: a leader that restarts takes its last ballot again
--
-- The leader proposes a value, which one follower accepts; the leader loses power before its own acceptance is on disk,
-- and comes back. That follower is cut off, so the promises for the same ballot, from the other one, tell of nothing, and
-- another value is proposed at the same instance in the same ballot, and chosen. The first follower is back, has
-- "accepted in this ballot", and takes its own value for the chosen one. "Each proposer begins phase 1 with a higher
-- proposal number than any it has already used" (Paxos Made Simple, 2.5). `--set bug=false` runs the same without
-- the mistake: then the law holds, and this scenario, which wants it broken, fails.
local p = sim.params { bug = true }
sim.describe "Bug: a leader uses a ballot again after a restart"
sim.run_for "6s"

local nodes = sim.nodes("n", 3, "paxos", {
  peers = sim.all, election_timeout = "1s", election_timeout_max = "2s", reconnect = "20ms", retransmit = "50ms",
  disk = { sync = "5ms", crash = "all" }, bugs = p.bug and { "reused_ballot" } or nil,
})
sim.links { delay = "1ms", reset_after = "100ms" }
local leader, one, other
sim.at("2990ms", function()
  for _, node in ipairs(nodes) do
    if node:probe "leader" == true then leader = node elseif not one then one = node else other = node end
  end
  sim.cut(leader, other)
end)
sim.at("3s", function() leader:command("propose", { count = 1 }) end)
sim.at("3003ms", function()
  leader:crash()
  sim.heal()
  sim.isolate(one, { lasts = "400ms" })
end)
sim.at("3020ms", function() leader:restart() end)
sim.at("3100ms", function() leader:command("campaign") end)
sim.at("3200ms", function() leader:command("reconfigure", { voters = nodes }) end)
sim.demonstrates "Only Chosen Values Are Learned"
