-- Bug switch commit_old_term (of raft): an entry of an earlier term is committed by counting its copies
--
-- Figure 8 of the paper, step by step. (a) n1 leads and gives an entry to n2 alone. (b) n1 crashes; n5 is elected
-- by n3 and n4, and takes another entry in that place. (c) n5 crashes; n1 returns, is elected, and goes on giving
-- out the old entry: now n3 has it too, a majority. Counted, it would be committed. (d) n1 crashes, and n5 is
-- elected by n3 and n4, whose logs are older than its own: it overwrites the entry. Only an entry of n1's new
-- term on a majority would have kept n5 from that: (e).
-- `--set bug=false`: the entry is not committed in (c), and nothing that was committed is lost.
local p = sim.params { bug = true }
sim.describe "Bug: figure 8, an entry of an old term is committed by count, and then overwritten"
sim.run_for "5s"

local group = require "raft_group" (5, { by_hand = true, batch = 1, pipeline = 1,
  bugs = p.bug and { "commit_old_term" } or nil })
local n1, n2, n3, n4, n5 = group.n1, group.n2, group.n3, group.n4, group.n5
sim.links { delay = "1ms" }

sim.spawn(function()
  sim.sleep "100ms"
  group.stands(n1) -- term 1: the no-op is on all
  sim.sleep "200ms"
  sim.cut(n1, { n3, n4, n5 }) -- (a)
  group.propose(n1)
  sim.sleep "100ms"
  n1:crash() -- (b)
  sim.when(function() return n5:probe "leader" end, function() sim.cut(n5, { n2, n3, n4 }) end)
  group.stands(n5)
  sim.sleep "100ms"
  n5:crash() -- (c)
  sim.heal()
  sim.cut(n1, n4) -- so that the count is three, and n4 does not have it
  n1:restart()
  sim.sleep "100ms"
  n1:command("campaign") -- n5's term is past: it has to stand twice
  sim.sleep "50ms"
  if not n1:probe "leader" then n1:command("campaign") end
  sim.wait(function() return n3:probe "last" == 2 and n1:view("progress")[2].match == 2 end, "1s")
  sim.cut(n1, n3) -- (d)
  n1:crash()
  sim.sleep "50ms"
  sim.heal()
  n5:restart()
  sim.sleep "300ms"
  group.stands(n5)
  if not n5:probe "leader" then group.stands(n5) end
end)
sim.demonstrates "Leader Completeness"
