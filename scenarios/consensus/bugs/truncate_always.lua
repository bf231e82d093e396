-- Bug switch truncate_always (of raft): a follower cuts its log at every AppendEntries, stale ones too
--
-- Members talk by datagrams, some of which are late or come twice. A follower that has acknowledged entries gets
-- an old AppendEntries once more, and cuts off what it had acknowledged since. The leader believes that it has
-- them, and commits; when the leader dies, they may be nowhere.
local p = sim.params { bug = true }
sim.describe "Bug: an old AppendEntries cuts off entries that were acknowledged"
sim.run_for "20s"

local group = require "raft_group" (3, { transport = "datagram", batch = 1, pipeline = 16,
  bugs = p.bug and { "truncate_always" } or nil })
sim.links { delay = sim.lognormal("1ms", "5ms"), reorder = "20%", reorder_by = "20ms", duplicate = "5%" }
sim.workload { name = "app", clients = 8, targets = group.all, mix = "custom", update = 1, read = 0, keys = 10,
  retry = "300ms", timeout = "5s", think = "2ms" }
sim.every("700ms", function()
  local leader = group.leader()
  if leader then
    leader:crash()
    leader:restart("300ms")
  end
end)
sim.demonstrates "Leader Completeness"
