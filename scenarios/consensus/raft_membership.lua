-- Members come and go, one at a time and all at once, while clients are served
--
-- A group of three. n4 is added as a learner, gets the log (a snapshot, by then) without having a vote, and is
-- promoted: a change by single server. Then all at once n1 and n2 are replaced by n5 and n6: by joint consensus,
-- in which the old majority and the new one must both agree. Last the leader itself is removed: it steps down when
-- that is committed, and the others elect one of them.
local p = sim.params { clients = 8 }
sim.describe "Raft: learners, single-server changes, joint consensus"
sim.run_for "14s"

local knobs = { snapshot_entries = 500, snapshot_trailing = 100 }
local group = require "raft_group" (3, knobs)
local spares = {}
knobs.peers = table.move(group.all, 1, 3, 1, {}) -- the first members, to whom they will be added
for i = 4, 6 do
  spares[i] = sim.node("n" .. i, "raft", knobs)
  group.all[i] = spares[i]
end
sim.links { delay = sim.lognormal("500us", "2ms"), bandwidth = "1Gbit/s" }
local app = sim.workload { name = "app", clients = p.clients, targets = group.all, mix = "A", keys = 50, think = "5ms",
  retry = "200ms", timeout = "5s" }

local told = {}
local function ask(what, args)
  local leader = group.leader()
  leader:command(what, args, function(ok, words) told[#told + 1] = what .. ": " .. (ok and "done" or words) end)
end
local function members()
  local list = {}
  for _, row in ipairs(group.leader():view "configuration") do list[#list + 1] = row.member .. " " .. row.role end
  return table.concat(list, ", ")
end

sim.at("3s", function() ask("add", { node = "n4", learner = true }) end)
sim.at("5s", function() ask("promote", { node = "n4" }) end)
sim.at("7s", function()
  local leader = group.leader():name()
  local keep, voters = { n4 = true, [leader] = true }, { "n5", "n6" }
  for name in pairs(keep) do voters[#voters + 1] = name end
  ask("reconfigure", { voters = voters })
end)
sim.at("10s", function() ask("remove", { node = group.leader():name() }) end)

sim.expect("as a learner n4 has no vote", function() return members():find "n4 learner" ~= nil, members() end,
  { at = "4s" })
sim.expect("then it has one", function() return members():find "n4 voter" ~= nil, members() end, { at = "6s" })
sim.expect("then four others than before lead and vote", function()
  return members():find "n5 voter" and members():find "n6 voter", members()
end, { at = "9s" })
sim.expect("three are left, and one of them leads", function()
  return group.leader() and #group.leader():view "configuration" == 3, members()
end)
sim.expect("every change was taken", function()
  return #told == 4 and not table.concat(told):find ": [^d]", table.concat(told, "; ")
end)
sim.expect("clients are served throughout", function() return app:probe "unknown" == 0 and app:probe "failed" == 0 end)
sim.plot("series", { of = group.all, probes = "applied", title = "Entries applied by each server" })
sim.plot("latency", { of = app, log = "yes" })
