-- Bug switch change_at_once (of raft): a single-server change before an entry of the leader's own term is committed
--
-- The example that was found a year after the dissertation (Ongaro, raft-dev, 10 July 2015). Four servers. n1 leads
-- and adds n5, but only n5 hears of it: by that configuration three of five are a majority. n2 is elected by n3 and
-- n4, and at once removes n1: by that one two of three are a majority, n2 and n3, and it is committed. The two
-- configurations differ by two servers: n1 is elected by n4 and n5, and overwrites what was committed.
-- `--set bug=false`: n2 must first commit its no-op, by the configuration of four, so n4 has it and does not vote
-- for n1.
local p = sim.params { bug = true }
sim.describe "Bug: two single-server changes whose majorities do not overlap"
sim.run_for "5s"

local knobs = { by_hand = true, bugs = p.bug and { "change_at_once" } or nil }
local group = require "raft_group" (4, knobs)
local n1, n2, n3, n4 = group.n1, group.n2, group.n3, group.n4
local n5 = sim.node("n5", "raft", { peers = group.all, election_timeout = "100s", election_timeout_max = "200s",
  heartbeat = "10s", pre_vote = false, check_quorum = false, bugs = p.bug and { "change_at_once" } or nil })
sim.links { delay = "1ms" }

sim.spawn(function()
  sim.sleep "100ms"
  group.stands(n1)
  sim.sleep "100ms"
  sim.cut(n1, { n2, n3, n4 })
  n1:command("add", { node = n5 })
  sim.sleep "200ms"
  n1:crash()
  n1:restart "10ms"
  sim.when(function() return n2:probe "leader" end, function()
    sim.cut(n2, n4) -- n4 has voted, and hears nothing more
    n2:command("remove", { node = n1 })
  end)
  group.stands(n2)
  sim.sleep "500ms"
  sim.heal()
  sim.cut(n1, { n2, n3 })
  sim.cut(n4, n2)
  sim.sleep "200ms"
  for _ = 1, 2 do
    if not n1:probe "leader" then group.stands(n1) end
  end
end)
sim.demonstrates "Leader Completeness"
