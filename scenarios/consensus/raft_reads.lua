-- What a linearizable read costs: through the log, by a round of heartbeats, by a lease, from a follower
--
-- Five groups of three servers, alike but for how they read, each with clients of its own that only read, and one
-- that writes now and then. `log`: a read is an entry, written and synced by a majority. `read_index`: the leader
-- asks whether it still leads, one round for all reads that wait. `follower`: a follower asks the leader for a read
-- index and reads itself, so the leader's work is one small message. `lease`: no round, if clocks can be trusted.
-- `local`: whatever is there; the only one that is not linearizable.
local p = sim.params { clients = 8, think = "1ms" }
sim.describe "Raft: five ways to read, and what each costs"
sim.run_for "6s"

sim.links { delay = sim.lognormal("500us", "2ms"), bandwidth = "1Gbit/s" }
local modes = { "log", "read_index", "follower", "lease", "local" }
local clients, groups = {}, {}
for i, mode in ipairs(modes) do
  local group = require "raft_group" (3, { prefix = mode .. "_", group = i,
    reads = mode == "follower" and "read_index" or mode, follower_reads = mode == "follower" })
  groups[mode] = group
  local from = mode == "follower" and group.all or nil
  clients[mode] = sim.workload { name = mode, clients = p.clients, targets = group.all, read_from = from, mix = "C",
    keys = 100, think = p.think, start = "1s", timeout = "5s" }
  sim.workload { name = mode .. "_writer", clients = 1, targets = group.all, mix = { read = 0, update = 1 },
    keys = 100, think = "20ms", start = "1s", timeout = "5s" }
end

local function sum(group, probe)
  local total = 0
  for _, node in ipairs(group.all) do total = total + node:probe(probe) end
  return total
end
local before = {}
sim.at("2s", function()
  for _, mode in ipairs(modes) do
    before[mode] = { sum(groups[mode], "messages_sent"), sum(groups[mode], "syncs"), clients[mode]:probe "done" }
  end
end)
sim.expect("each way has served reads", function()
  local enough = true
  for _, mode in ipairs(modes) do
    local reads = clients[mode]:probe "done" - before[mode][3]
    sim.result("messages between servers, a read", mode, (sum(groups[mode], "messages_sent") - before[mode][1]) / reads)
    sim.result("syncs, a read", mode, (sum(groups[mode], "syncs") - before[mode][2]) / reads)
    enough = enough and reads > 1000
  end
  return enough
end)
sim.plot("ladder", { of = modes, operation = "read", title = "Latency of a read" })
sim.plot("results", { of = "messages between servers, a read,syncs, a read", y = "a read" })
