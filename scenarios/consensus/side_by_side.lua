-- Raft and Multi-Paxos side by side: one page
--
-- Two groups of servers in one world, a Raft and a Multi-Paxos, with the same disks, links, timeouts, clients and
-- faults at the same moments. First both run in peace, and what a commit costs is counted. Then, again and again,
-- the leader of each loses power and comes back, and a follower of each is cut off for a moment, which leaves gaps
-- in a Paxos log and never in Raft's.
--
--   leadership   from the crash until another server takes itself for the leader
--   unavailable  from the crash until a client has been answered again
--   gaps         instances below the highest that a server lacks: Raft's logs have none by construction
local p = sim.params { servers = 5, clients = 16, crashes = 10, reads = "log", batch = 1000, pre_vote = true }
sim.describe "Raft and Multi-Paxos: the same load, the same faults, one page"
local second = 1000000000
local peace = 5 * second
sim.run_for(peace + p.crashes * 3 * second + 2 * second)

sim.links { delay = sim.lognormal("500us", "2ms"), bandwidth = "1Gbit/s" }
local same = { peers = sim.all, disk = { sync = sim.lognormal("1ms", "4ms"), crash = "any" }, heartbeat = "50ms",
  election_timeout = "150ms", election_timeout_max = "300ms", reads = p.reads, batch = p.batch,
  snapshot_entries = 5000, reconnect = "20ms" }
local systems = {}
for i, model in ipairs { "raft", "paxos" } do
  local knobs = { group = i }
  for name, value in pairs(same) do knobs[name] = value end
  if model == "raft" then knobs.pre_vote = p.pre_vote end
  local servers = sim.nodes(model .. "_", p.servers, model, knobs)
  local clients = sim.workload { name = model .. "_clients", clients = p.clients, targets = servers, mix = "A", keys = 100,
    think = "2ms", retry = "50ms", backoff = "10ms", backoff_max = "50ms", timeout = "5s" }
  systems[i] = { model = model, servers = servers, clients = clients, gaps = 0 }
end

local function leader_of(system)
  for _, node in ipairs(system.servers) do
    if node:up() and node:probe "leader" then return node end
  end
end
local function sum(system, probe)
  local total = 0
  for _, node in ipairs(system.servers) do total = total + node:probe(probe) end
  return total
end

-- What a commit costs, in peace.
local probes = { messages_sent = "messages a commit", bytes_sent = "bytes a commit", syncs = "syncs a commit" }
sim.at("2s", function()
  for _, s in ipairs(systems) do
    s.before = { commit = leader_of(s):probe "commit" }
    for probe in pairs(probes) do s.before[probe] = sum(s, probe) end
  end
end)
sim.at(peace, function()
  for _, s in ipairs(systems) do
    local commits = leader_of(s):probe "commit" - s.before.commit
    for probe, name in pairs(probes) do
      sim.result(name, s.model, (sum(s, probe) - s.before[probe]) * 100 // commits / 100)
    end
  end
end)

-- What a crash costs, and what a cut leaves behind.
for _, s in ipairs(systems) do
  sim.spawn(function()
    sim.sleep(peace)
    for _ = 1, p.crashes do
      local began = sim.now()
      local leader, done = leader_of(s), s.clients:probe "done"
      if leader then
        leader:crash()
        leader:restart("1s")
        sim.wait(function() return leader_of(s) end, "2s")
        sim.trial("leadership, " .. s.model, (sim.now() - began) // 1000 / 1000)
        sim.wait(function() return s.clients:probe "done" > done + p.clients end, "2s")
        sim.trial("unavailable, " .. s.model, (sim.now() - began) // 1000 / 1000)
      end
      sim.sleep(began + 2 * second - sim.now())
      local next, behind = leader_of(s), nil
      for _, node in ipairs(s.servers) do if node ~= next then behind = behind or node end end
      local cut = sim.cut(next or s.servers[1], behind)
      sim.sleep "300ms"
      cut:heal()
      sim.sleep(began + 3 * second - sim.now())
    end
  end)
end
sim.every("5ms", function()
  local paxos = systems[2]
  for _, node in ipairs(paxos.servers) do
    if node:up() then paxos.gaps = math.max(paxos.gaps, node:probe "gaps") end
  end
end)
sim.random_faults()

sim.expect("both serve to the end", function()
  local both = true
  for _, s in ipairs(systems) do
    sim.result("most gaps in a log", s.model, s.gaps)
    both = both and leader_of(s) ~= nil and s.clients:probe "unknown" == 0
  end
  return both
end)
for _, s in ipairs(systems) do sim.check("register", { of = s.clients }) end
sim.plot("one_page", { of = { systems[1].clients, systems[2].clients }, labels = "raft,paxos" })
