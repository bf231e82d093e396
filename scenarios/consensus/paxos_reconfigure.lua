-- The acceptors change while the log goes on: a membership is a value like any other, and counts alpha instances later.
--
-- Three acceptors serve a workload, and two spares wait. At 4 s both are added: a value of the log names the five, and
-- "the set of servers that execute instance i + alpha is specified by the state after execution of the ith command"
-- (Paxos Made Simple, section 3). The spares are behind the log's beginning, and are sent a snapshot. At 8 s two of the
-- first three, the leader among them, are taken away: the leader leads until the last instance of its membership is
-- chosen, and steps down. At 10 s they are switched off, which nobody notices.
local p = sim.params { alpha = 64, clients = 8 }
sim.describe "Reconfiguration by alpha: from three acceptors to five, to three others"
sim.run_for "16s"

local options = { peers = sim.all, alpha = p.alpha, window = math.min(64, p.alpha), snapshot_entries = 1000, snapshot_chunk = "4kB" }
local first = sim.nodes("n", 3, "paxos", options)
options.peers = first
local spares = sim.nodes({ "n4", "n5" }, "paxos", options)
local nodes = { first[1], first[2], first[3], spares[1], spares[2] }
sim.links { delay = sim.lognormal("500us", "2ms"), bandwidth = "1Gbit/s" }
local app = sim.workload {
  name = "app", targets = nodes, clients = p.clients, mix = "A", keys = 500, timeout = "3s", retry = "200ms", start = "1s", think = "5ms",
}

local function leader()
  for _, node in ipairs(nodes) do if node:up() and node:probe "leader" == true then return node end end
end
local function reconfigure(voters)
  leader():command("reconfigure", { voters = voters }, function(answer, why) assert(answer, why) end)
end
local gone, kept, members = {}, nil, 0
sim.at("4s", function() reconfigure(nodes) end)
sim.at("8s", function()
  local now = leader()
  for _, node in ipairs(first) do
    if node ~= now and not kept then kept = node else gone[#gone + 1] = node end
  end
  members = { kept, spares[1], spares[2] }
  reconfigure(members)
end)
sim.at("10s", function() for _, node in ipairs(gone) do node:crash() end end)
sim.mark("4s", "five"); sim.mark("8s", "three others"); sim.mark("10s", "the old ones are off")

sim.expect("five acceptors, and the new ones have caught up", function()
  return spares[1]:view("paxos")[1].member == true and leader():probe "applied" - spares[1]:probe "applied" < 200
end, { at = "7s" })
sim.expect("one of the new membership leads, and the others left it", function()
  local now = leader()
  if not now then return false, "no leader" end
  for _, node in ipairs(gone) do if node == now then return false, now:name() .. " still leads" end end
  return true
end, { at = "9900ms" })
local done
sim.at("11s", function() done = app:probe "done" end)
sim.expect("users are served without those who left", function()
  return app:probe "done" > done + 1000, app:probe "done" - done .. " operations"
end)
sim.expect("the three have applied the same", function()
  local least, most = math.huge, 0
  for _, node in ipairs(members) do
    least, most = math.min(least, node:probe "applied"), math.max(most, node:probe "applied")
  end
  return most - least < 200, least .. " to " .. most
end)
sim.plot("series", { of = nodes, probes = "applied", title = "Instances that each replica has applied" })
