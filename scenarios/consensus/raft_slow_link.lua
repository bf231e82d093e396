-- A new member behind a slow link that breaks: its snapshot takes longer than the log is kept
--
-- A group of three has a store of 2 MB, saves it every 200 entries and keeps 100 entries before that. A learner is
-- added behind a link of 2 Mbit/s: the snapshot takes more than eight seconds, in which hundreds of entries are
-- committed, and the link breaks three times. What has come of the snapshot is not sent again, and the log after
-- it stays until the learner has caught up with it (thesis 4.2.1); else it would be sent snapshots for ever. Until then
-- the leader does not promote it. The group does not notice.
local p = sim.params { bandwidth = "2Mbit/s", delay = "2ms", rate = "80/s", breaks = true, transport = "stream" }
sim.describe "Raft: a learner behind a slow link that breaks gets the log"
sim.run_for "45s"

local knobs = { snapshot_entries = 200, snapshot_trailing = 100, transport = p.transport }
local group = require "raft_group" (3, knobs)
knobs.peers = group.all
local learner = sim.node("learner", "raft", knobs)
sim.links { delay = "500us", bandwidth = "1Gbit/s", reset_after = "1s" }
for _, node in ipairs(group.all) do
  local far = { delay = p.delay, bandwidth = p.bandwidth, reset_after = "1s" }
  sim.link(node, learner, far)
  sim.link(learner, node, far)
end
local function updates(name, rate, stop)
  return sim.workload { name = name, clients = 16, targets = group.all, mix = { update = 1 }, keys = 2000,
    distribution = "uniform", value_bytes = "1kB", rate = rate, stop = stop, retry = "500ms", timeout = "5s" }
end
updates("fill", "3000/s", "5s")
local app = updates("app", p.rate)

local leader, term, refused, done
sim.at("6s", function()
  leader, refused = group.leader(), 0
  term = leader:probe "term"
  leader:command("add", { node = learner, learner = true })
end)
sim.every("2s", function()
  if not leader or done then return end
  leader:command("promote", { node = learner }, function(ok) if ok then done = true else refused = refused + 1 end end)
end)
if p.breaks then
  for second = 9, 17, 4 do
    sim.at(second .. "s", function()
      sim.isolate(learner)
      sim.after("1200ms", function() sim.heal() end)
    end)
  end
end
sim.when(function() return leader and learner:probe "applied" > leader:probe "applied" - 20 end, function()
  sim.result("until the learner has all, ms", "by " .. p.transport, (sim.now() - sim.duration "6s") // 1000000)
end)
sim.expect("it is not promoted before it has caught up, and then it is", function()
  return done and refused > 5, refused .. " times refused"
end)
sim.expect("it has all", function()
  local lacks = leader:probe "applied" - learner:probe "applied"
  return lacks < 20, lacks .. " entries lack"
end, { always = true, from = "38s", every = "100ms" })
sim.expect("one leads throughout", function() return leader:probe "leader" and leader:probe "term" == term end)
sim.expect("clients did not notice", function() return app:probe "unknown" == 0 and app:probe "failed" == 0 end)
local nodes = table.move(group.all, 1, 3, 1, {})
nodes[4] = learner
sim.plot("series", { of = nodes, probes = "applied", title = "Entries applied by each server" })
sim.plot("series", { of = group.all, probes = "log_entries", title = "Entries in each member's log" })
