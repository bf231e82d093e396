-- Two proposers outbid each other for ever, and what ends it.
--
-- Paxos never chooses two values, but nothing in it says that it ever chooses one. Two of five nodes are asked for
-- different values, 3 ms apart. Each prepares a higher ballot as soon as it sees the other's, and its prepare is
-- always a little earlier at the acceptors than the other's accept requests: these are rejected, and so on. It is
-- the livelock of Paxos Made Simple, section 2.4; the plot shows the rounds climb.
--   --set cure=none           each tries again 1 ms after it was outbid: nothing is chosen in 5 s
--   --set cure=backoff        each waits for a time drawn from a span that doubles: one gets its way
--   --set cure=distinguished  n1, the lowest that is alive, alone proposes; the others ask it to
local p = sim.params { cure = "none", delay = "10ms" }
sim.describe "Duelling proposers: a livelock, ended by backoff or by a distinguished proposer"
sim.run_for "5s"
sim.sample "10ms"

local nodes = sim.nodes("n", 5, "paxos_decree", {
  peers = sim.all, retry_min = "1ms", retry_max = "500ms", timeout = "1s",
  exponential = p.cure == "backoff",
  distinguished = p.cure == "distinguished" and "lowest_alive" or "none",
})
sim.links { delay = p.delay }

local asked, answers = {}, {}
local function ask(node, value)
  asked[#asked + 1] = value
  node:command("propose", { value = value }, function(answer) answers[#answers + 1] = tonumber(answer) end)
end
sim.at("1s", function() ask(nodes[2], 222) end)
sim.at("1003ms", function() ask(nodes[4], 444) end)

local chosen_at
sim.when(function() return nodes[2]:probe "learned" ~= nil end, function()
  chosen_at = sim.now()
  sim.mark(chosen_at, "n2 knows what is chosen")
end)

sim.expect(p.cure == "none" and "nothing is chosen, however many rounds" or "one of the two values is chosen", function()
  local rounds = 0
  for _, node in ipairs(nodes) do rounds = math.max(rounds, node:probe "ballot" // 1000) end
  sim.result("rounds", p.cure, rounds)
  if p.cure == "none" then return chosen_at == nil and rounds > 100, "round " .. rounds end
  sim.result("time until it is chosen [ms]", p.cure, (chosen_at or sim.now()) / 1000000 - 1000)
  return chosen_at ~= nil and chosen_at < 2500000000
end)
sim.expect("all who have learned anything have learned the same", function()
  local value
  for _, node in ipairs(nodes) do
    local learned = node:probe "learned"
    if learned and value and learned ~= value then return false, learned .. " and " .. value end
    value = learned or value
  end
  return p.cure == "none" and value == nil or value == 222 or value == 444, tostring(value)
end)
sim.expect("who asked was told what is chosen", function() return #answers == (p.cure == "none" and 0 or 2) end)
sim.plot("series", { of = { nodes[2], nodes[4] }, probes = "ballot", title = "Ballots that two proposers have begun, round * 1000 + node (cure: " .. p.cure .. ")" })
