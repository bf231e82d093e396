-- Bug switch local_reads (of raft): a leader reads what it has, without asking whether it still leads
--
-- The leader is cut off from the others, and its clients are not. Another is elected and takes writes; the deposed
-- one goes on answering reads, from a store that stands still. No law of Raft is broken: the log is sound. Only
-- what clients saw shows it.
local p = sim.params { bug = true }
sim.describe "Bug: a deposed leader answers reads"
sim.run_for "10s"

local group = require "raft_group" (3, { check_quorum = false, bugs = p.bug and { "local_reads" } or nil })
sim.links { delay = sim.lognormal("500us", "2ms") }
for i, node in ipairs(group.all) do
  sim.workload { name = "reader" .. i, clients = 2, target = node, mix = "C", keys = 2, timeout = "1s", think = "5ms" }
end
sim.workload { name = "writer", clients = 2, targets = group.all, mix = { read = 0, update = 1 }, keys = 2,
  retry = "100ms", timeout = "5s", think = "5ms" }
sim.at("2s", function()
  local leader = group.leader()
  for _, node in ipairs(group.all) do if node ~= leader then sim.cut(leader, node) end end
end)
sim.at("5s", function() sim.heal() end)
sim.check("register", { demonstrates = true })
