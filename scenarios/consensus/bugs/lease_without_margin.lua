-- Bug switch lease_without_margin (of raft): the lease lasts for the longest election timeout
--
-- Followers promise not to elect another leader for the least election timeout, 150 ms, and the leader counts on
-- 300. Cut off from them, it goes on reading by its lease while another leads and commits.
local p = sim.params { bug = true }
sim.describe "Bug: a lease that lasts longer than what the followers have promised"
sim.run_for "20s"

local group = require "raft_group" (3, { reads = "lease", bugs = p.bug and { "lease_without_margin" } or nil })
sim.links { delay = sim.lognormal("500us", "2ms") }
for i, node in ipairs(group.all) do
  sim.workload { name = "reader" .. i, clients = 2, target = node, mix = "C", keys = 3, timeout = "1s", think = "1ms" }
end
sim.workload { name = "writer", clients = 2, targets = group.all, mix = "custom", update = 1, read = 0, keys = 3,
  retry = "100ms", timeout = "5s", think = "1ms" }
sim.every("2s", function()
  local leader = group.leader()
  if leader then
    for _, node in ipairs(group.all) do if node ~= leader then sim.cut(leader, node) end end
    sim.after("700ms", function() sim.heal() end)
  end
end)
sim.demonstrates "Lease Is Exclusive" -- and without a law: `orrery check register` on the history
