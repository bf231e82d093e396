-- A server that was cut off comes back: with and without pre-vote
--
-- Two groups of five, alike but for pre-vote and check-quorum. In each a server is cut off for a while, again and
-- again. Without pre-vote it stands for election all the while, alone, and raises its term each time; when it is
-- back, its term deposes a leader whom nobody else had any quarrel with (thesis 4.2.3, 9.6). With pre-vote it asks
-- first whether it would win, and returns without a stir.
local p = sim.params { clients = 8 }
sim.describe "Raft: a server comes back, and deposes the leader or does not"
sim.run_for "20s"

sim.links { delay = sim.lognormal("500us", "2ms"), bandwidth = "1Gbit/s", reset_after = "500ms" }
local groups, clients, names = {}, {}, { "without", "with_pre_vote" }
for i, name in ipairs(names) do
  local group = require "raft_group" (5, { prefix = name .. "_", group = i, pre_vote = i == 2, check_quorum = i == 2 })
  groups[name] = group
  clients[i] = sim.workload { name = name, clients = p.clients, targets = group.all, mix = "A", keys = 50,
    think = "5ms", retry = "200ms", timeout = "5s" }
  sim.every("3s", function()
    local leader = group.leader()
    for _, node in ipairs(group.all) do
      if leader and node ~= leader then
        local cut = sim.isolate(node)
        sim.after("1500ms", function() cut:heal() end)
        return
      end
    end
  end)
end
sim.expect("with pre-vote no term is wasted", function()
  local terms = {}
  for _, name in ipairs(names) do
    terms[#terms + 1] = groups[name].leader():probe "term"
    sim.result("terms", name, terms[#terms])
  end
  return terms[2] <= 2 and terms[1] > 10, terms[1] .. " and " .. terms[2]
end)
sim.plot("series", { of = { "without_1", "with_pre_vote_1" }, probes = "term", title = "The term" })
sim.plot("ladder", { of = clients, labels = "without,with pre-vote", operation = "write" })
