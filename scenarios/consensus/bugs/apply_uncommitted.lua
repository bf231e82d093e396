-- Bug switch apply_uncommitted (of raft): entries are applied when they are in the log
--
-- The leader is cut off with a client, and answers it: what is in its own log is done, it thinks. The others elect
-- another leader, whose entries take those places.
local p = sim.params { bug = true }
sim.describe "Bug: what is in the log is applied before a majority has it"
sim.run_for "10s"

local group = require "raft_group" (3, { bugs = p.bug and { "apply_uncommitted" } or nil })
sim.links { delay = sim.lognormal("500us", "2ms") }
for i, node in ipairs(group.all) do
  sim.workload { name = "app" .. i, clients = 2, target = node, mix = "A", keys = 3, timeout = "1s", think = "5ms" }
end
sim.at("2s", function()
  local leader = group.leader()
  for _, node in ipairs(group.all) do if node ~= leader then sim.cut(leader, node) end end
end)
sim.at("4s", function() sim.heal() end)
sim.demonstrates "State Machine Safety"
