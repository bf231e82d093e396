-- A lease and clocks that drift more than it allows for: no bug, a broken assumption
--
-- The leader's clock runs at half speed. Its lease, 150 ms less a margin for drift of 500 ppm, lasts for 300 ms of
-- true time; the others elect another after 150 to 300. `--set drift=-400ppm`: within what is assumed, the law
-- holds, and this scenario, which wants it broken, fails. So it does with `--set lease_drift=0.6`.
local p = sim.params { drift = "-50%", lease_drift = "500ppm" }
sim.describe "A lease when clocks drift more than assumed: stale reads"
sim.run_for "20s"

local group = require "raft_group" (3, { reads = "lease", lease_drift = p.lease_drift })
sim.links { delay = sim.lognormal("500us", "2ms") }
for i, node in ipairs(group.all) do
  sim.workload { name = "reader" .. i, clients = 2, target = node, mix = "C", keys = 3, timeout = "1s", think = "1ms" }
end
sim.workload { name = "writer", clients = 2, targets = group.all, mix = "custom", update = 1, read = 0, keys = 3,
  retry = "100ms", timeout = "5s", think = "1ms" }
sim.every("2s", function()
  local leader = group.leader()
  if leader then
    leader:clock_drift(p.drift, { lasts = "1s" })
    for _, node in ipairs(group.all) do if node ~= leader then sim.cut(leader, node) end end
    sim.after("700ms", function() sim.heal() end)
  end
end)
sim.demonstrates "Lease Is Exclusive"
