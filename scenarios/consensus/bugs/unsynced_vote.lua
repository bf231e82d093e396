-- Bug switch unsynced_vote (of raft): a vote is told before it is on disk
--
-- n1 votes for n2 in term 1, and loses power a moment later. Nothing of it was on disk, so n3, which n2 could not
-- reach, gets n1's vote in the same term: each of the two has a majority of three.
-- `--set bug=false`: the vote waits for its sync, n2 never hears of it, and the law holds.
local p = sim.params { bug = true }
sim.describe "Bug: a vote that was not synced is forgotten, and cast again"
sim.run_for "3s"

local group = require "raft_group" (3, { by_hand = true, bugs = p.bug and { "unsynced_vote" } or nil,
  disk = { sync = "20ms" } })
sim.links { delay = "1ms" }
sim.at("100ms", function() sim.cut(group.n2, group.n3) end)
sim.at("200ms", function() group.n2:command("campaign") end)
sim.when(function() return group.n1:view("raft")[1].vote == "n2" end, function()
  group.n1:crash()
  group.n1:restart("10ms")
end)
sim.at("1s", function() group.n3:command("campaign") end)
sim.demonstrates "One Vote A Term"
