-- A leader loses power: how long nobody is answered, and what became of what was under way
--
-- Three servers under load. At 3 s the leader's power goes. The others hear no heartbeat, wait for their timeouts,
-- drawn between 150 and 300 ms, and elect one of them; clients find it, and ask again what was not answered, with
-- the same number: none of it is carried out twice. At 6 s the old leader is back, a follower, and catches up.
local p = sim.params { servers = 3, clients = 16, crash = "3s", back = "6s" }
sim.describe "Raft: the leader crashes, another is elected, nothing is lost"
sim.run_for "10s"

local group = require "raft_group" (p.servers)
sim.links { delay = sim.lognormal("500us", "2ms"), bandwidth = "1Gbit/s" }
local app = sim.workload { name = "app", clients = p.clients, targets = group.all, mix = "A", keys = 100,
  think = "5ms", retry = "200ms", timeout = "5s" }

local dead, crashed
sim.at(p.crash, function()
  dead, crashed = group.leader(), sim.now()
  dead:crash()
  sim.when(function() return group.leader() end, function()
    sim.result("after the crash, ms", "another leads", (sim.now() - crashed) / 1e6)
  end)
  local done = app:probe "done"
  sim.when(function() return app:probe "done" > done + p.clients end, function()
    sim.result("after the crash, ms", "all clients are answered", (sim.now() - crashed) / 1e6)
  end)
end)
sim.at(p.back, function() dead:restart() end)

sim.expect("another leads", function() return group.leader() and group.leader() ~= dead end)
sim.expect("no outcome is unknown", function() return app:probe "unknown" == 0, app:probe "unknown" .. " are" end)
sim.expect("the old leader has caught up", function()
  return group.leader():probe "applied" - dead:probe "applied" < 200
end)
sim.plot("latency", { of = app, log = "yes" })
sim.plot("series", { of = group.all, probes = "applied", title = "Entries applied by each server" })
