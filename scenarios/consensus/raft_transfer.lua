-- A planned handover and a crash: how long nobody leads
--
-- Two groups. In one the leader is told to hand over (thesis 3.10): it takes nothing new, brings its successor up to
-- date, and tells it to stand at once. In the other the leader's power goes. The first costs a few round trips, the
-- second an election timeout. What clients ask meanwhile waits.
local p = sim.params { clients = 8, times = 20 }
sim.describe "Raft: leadership handed over, and leadership lost"
sim.run_for(p.times * 1000000000 + 3000000000)

sim.links { delay = sim.lognormal("500us", "2ms"), bandwidth = "1Gbit/s" }
local clients = {}
for i, way in ipairs { "handover", "crash" } do
  local group = require "raft_group" (3, { prefix = way .. "_", group = i })
  clients[i] = sim.workload { name = way .. "_clients", clients = p.clients, targets = group.all, mix = "A", keys = 50,
    think = "5ms", retry = "200ms", timeout = "5s" }
  sim.spawn(function()
    sim.wait(function() return group.leader() end)
    for _ = 1, p.times do
      sim.sleep "700ms"
      local leader = group.leader()
      local term, since, next = leader:probe "term", sim.now(), nil
      for _, node in ipairs(group.all) do if node ~= leader then next = node end end
      if way == "crash" then
        leader:crash()
      else
        leader:command("transfer", { to = next })
      end
      sim.wait(function() local l = group.leader() return l and l:probe "term" > term end)
      sim.trial(way, (sim.now() - since) // 1000 / 1000)
      if way == "crash" then leader:restart() end
    end
  end)
end
sim.expect("no outcome is unknown", function()
  return clients[1]:probe "unknown" + clients[2]:probe "unknown" == 0
end)
sim.plot("trials", { title = "Time without a leader: handed over, and lost", x = "until another leads [ms]" })
sim.plot("ladder", { of = clients, labels = "handover,crash", operation = "write" })
