-- Bug switch next_never_backs_off (of raft): the leader sends the same entries after a mismatch
--
-- n3 misses entries while it is cut off, and a new leader is elected meanwhile, which begins at its own log's end.
-- n3 refuses what does not follow, and the leader does not go back: nothing is violated, and n3 has the rest of
-- its life before it. A bug of liveness, which only an expectation can catch.
local p = sim.params { bug = true }
sim.describe "Bug: a leader that never goes back leaves a follower behind for ever"
sim.run_for "5s"

local group = require "raft_group" (3, { bugs = p.bug and { "next_never_backs_off" } or nil })
sim.links { delay = "1ms" }
sim.workload { name = "app", clients = 2, targets = group.all, mix = "A", retry = "300ms", timeout = "5s",
  think = "5ms" }
sim.spawn(function()
  sim.wait(function() return group.leader() end)
  local leader, behind = group.leader()
  for _, node in ipairs(group.all) do if node ~= leader then behind = node end end
  sim.isolate(behind)
  sim.sleep "500ms"
  leader:crash()
  leader:restart "100ms"
  sim.sleep "100ms"
  sim.heal()
end)

sim.expect(p.bug and "one follower never catches up" or "all followers catch up", function()
  local low, high = math.maxinteger, 0
  for _, node in ipairs(group.all) do
    low, high = math.min(low, node:probe "applied"), math.max(high, node:probe "applied")
  end
  return (high - low > 100) == p.bug, "applied from " .. low .. " to " .. high
end)
