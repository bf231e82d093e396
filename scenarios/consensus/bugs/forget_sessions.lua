-- Bug switch forget_sessions (of raft): snapshots leave out what clients were answered
--
-- A server that comes back from a snapshot has the rows, and does not know which commands had made them. A client
-- whose answer was lost asks again, the command is in the log a second time, and this server carries it out again.
-- Its state is no longer that of the others.
local p = sim.params { bug = true }
sim.describe "Bug: a snapshot without sessions, and a command is carried out twice"
sim.run_for "30s"

local group = require "raft_group" (3, { snapshot_entries = 50, snapshot_trailing = 0,
  bugs = p.bug and { "forget_sessions" } or nil })
sim.links { delay = sim.lognormal("1ms", "4ms"), reset_after = "100ms" }
local load = { clients = 4, targets = group.all, mix = "custom", update = 1, read = 0, keys = 3, timeout = "5s",
  think = "5ms" }
local function workload(name, retry)
  local options = { name = name, retry = retry }
  for option, value in pairs(load) do options[option] = value end
  return sim.workload(options)
end
local app = workload("app", "700ms") -- which loses its answers,
workload("others", "100ms")          -- and others, under whom snapshots are made meanwhile

sim.every("2s", function()
  local leader = group.leader()
  if not leader then return end
  sim.cut(leader, app)
  for i, node in ipairs(group.all) do
    if node ~= leader then
      sim.after(200 * 1000000 * i, function()
        node:crash()
        node:restart("50ms")
      end)
    end
  end
  sim.after("600ms", function() sim.heal() end)
end)
sim.demonstrates "Replicas Agree"
