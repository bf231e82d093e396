-- A storm over five replicas: Paxos may stop, but it never chooses two values, and in the end all have applied the same.
--
-- Crashes with torn and lost writes, kills, pauses, cuts one way and both, flapping links, corrupt messages, disks that
-- are slow, stuck, full or fail, clocks that jump and drift, drawn from the seed: all but those that take back what a
-- disk had promised (syncs that lie, a lost disk, bit rot), of which no acceptor can know. Meanwhile users read and
-- write, and ask again when no answer comes; the store answers a command that comes twice with what it answered first.
-- Snapshots are frequent, and sent in small pieces, so that learners behind the log's beginning are part of the storm;
-- at 20 s and 40 s, if there is a leader then, a member is replaced by the spare, and back.
local p = sim.params { rate = "1/s", storm = "50s", reads = "lease", q1 = 0, q2 = 0, bug = "" }
sim.describe "Chaos over Multi-Paxos"
sim.run_for "75s"

local options = {
  peers = sim.all, reads = p.reads, q1 = p.q1, q2 = p.q2,
  snapshot_entries = 300, snapshot_chunk = "2kB", segment_bytes = "16kB", window = 16, alpha = 24, batch = 4,
  lease_drift = "10000ppm", election_timeout = "400ms", election_timeout_max = "800ms", lease = "400ms",
  reconnect = "20ms", retransmit = "400ms",
  disk = { sync = sim.lognormal("1ms", "8ms"), crash = "any", tears = true, keeps_dirty = true },
  bugs = p.bug ~= "" and { p.bug } or nil,
}
local members = sim.nodes("n", 5, "paxos", options)
options.peers = members
local spare = sim.node("spare", "paxos", options)
local nodes = { spare, table.unpack(members) }
sim.links { delay = sim.lognormal("500us", "3ms"), bandwidth = "1Gbit/s", reset_after = "150ms" }
local app = sim.workload {
  name = "app", targets = members, clients = 8, rate = "60/s", users = 40, mix = "A", keys = 100, timeout = "4s",
  retry = "300ms", start = "1s",
}

sim.chaos { from = "2s", to = 2 * 1000000000 + p.storm, rate = p.rate, nodes = nodes, down_max = 2, kinds = {
  "crash", "kill", "pause", "slow_cpu", "cut", "cut_one_way", "flap", "isolate", "partition", "loss", "corrupt", "delay",
  "congest", "disk_slow", "disk_stuck", "disk_full", "write_fails", "sync_fails", "read_fails", "clock_jump", "clock_drift",
  "clock_freeze",
} }

local function leader()
  local found
  for _, node in ipairs(nodes) do
    if node:probe "leader" == true and (not found or node:probe "ballot" > found:probe "ballot") then found = node end
  end
  return found
end
local function reconfigure(voters)
  local now = leader()
  if now then now:command("reconfigure", { voters = voters }) end
end
sim.at("20s", function() reconfigure { members[1], members[2], members[3], members[4], spare } end)
sim.at("40s", function() reconfigure(members) end)

-- What halts or crashes comes back, as a process that is looked after does.
sim.every("2s", function()
  for _, node in ipairs(nodes) do
    if not node:up() then node:restart() end
  end
end)

local done
sim.at("60s", function() done = app:probe "done" end)
sim.expect("when the storm is over users are served", function()
  return app:probe "done" > done + 100, app:probe "done" - done .. " operations"
end)
sim.expect("in the end the members have applied the same", function()
  local now = leader()
  if not now then return false, "no leader" end
  local most, from = now:probe "applied", -1
  local current = {}
  for _, row in ipairs(now:view "members") do
    if row.from > from then from, current = row.from, {} end
    current[#current + 1] = row.member
  end
  for _, node in ipairs(current) do
    local applied = sim.find(node):probe "applied" or 0
    if most - applied > 100 then return false, node .. " has applied " .. applied .. " of " .. most end
  end
  return true
end)
sim.plot("series", { of = nodes, probes = "applied", title = "Instances that each replica has applied" })
sim.check "register" -- what clients saw is linearizable
