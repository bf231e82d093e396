-- Flexible quorums: any q1 + q2 > n will do.
--
-- Five acceptors. q1 promises make a leader, q2 acceptances choose a value; it is usual to take three for both. With
-- q2 = 2 the leader waits for the fastest of the others alone, two slow ones are nobody's matter, and from 5 s to 10 s,
-- with three of five down, it still serves its users. The price is q1 = 4: when the leader itself fails at 15 s,
-- a new one needs all four that are left, and with one more down there is none (Howard, Malkhi, Spiegelman, "Flexible
-- Paxos", 2016).
--   --set q1=3 --set q2=3                       majorities: nothing is served while three are down
--   --set q1=2 --set q2=2                       refused: these quorums need not meet
--   --set q1=2 --set q2=2 --set insist=true     taken: the network parts the five, and the law shows why not
local p = sim.params { q1 = 4, q2 = 2, insist = false }
sim.describe "Flexible quorums: what a small q2 buys, and what q1 pays"
sim.run_for "20s"

local nodes = sim.nodes("n", 5, "paxos", { peers = sim.all, q1 = p.q1, q2 = p.q2, insist = p.insist, reads = "log" })
sim.links { delay = sim.lognormal("500us", "2ms"), bandwidth = "1Gbit/s", reset_after = "500ms" }
sim.link({ nodes[4], nodes[5] }, nodes, { delay = sim.lognormal("20ms", "40ms") }) -- far away
local app = sim.workload {
  name = "app", targets = nodes, clients = 8, mix = "A", keys = 100, timeout = "3s", retry = "300ms", start = "1s", think = "5ms",
}

local function leader()
  for _, node in ipairs(nodes) do if node:up() and node:probe "leader" == true then return node end end
end
-- One that is near leads, whoever was first.
sim.at("900ms", function() nodes[1]:command("campaign") end)
local flexible = p.q2 < 3
if not p.insist then
  local before, during
  sim.at("4999ms", function() before = app:probe "done" end)
  sim.at("5s", function() for i = 3, 5 do nodes[i]:crash() end end)
  sim.at("10s", function()
    during = app:probe "done" - before
    for i = 3, 5 do nodes[i]:restart() end
  end)
  sim.at("15s", function()
    local now = leader()
    now:crash()
    for _, node in ipairs(nodes) do
      if node ~= now then return node:crash() end
    end
  end)
  sim.expect(flexible and "two of five serve their users" or "two of five can do nothing", function()
    sim.result("operations while three are down", "q2 = " .. p.q2, during)
    return (during > 1000) == flexible, during .. " operations"
  end)
  sim.expect(flexible and "three of five cannot choose a leader" or "three of five choose a new leader", function()
    return (leader() ~= nil) ~= flexible
  end)
else
  sim.random_faults() -- of these cuts some part nodes that say nothing to each other
  sim.at("5s", function() sim.partition({ nodes[1], nodes[2] }, { nodes[3], nodes[4], nodes[5] }, { lasts = "5s" }) end)
  sim.every("100ms", function()
    for _, node in ipairs(nodes) do
      if node:probe "leader" == true then node:command("propose", { count = 1 }) end
    end
  end)
  sim.demonstrates "At Most One Value Is Chosen"
end
sim.plot("series", { of = app, probes = "done", title = "Operations that users have had done (q1 = " .. p.q1 .. ", q2 = " .. p.q2 .. ")" })
