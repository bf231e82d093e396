-- How a leader finds where a follower's log ends: back by one entry a reply, or by the follower's hint
--
-- Two groups, alike but for the knob `back_off`. In each one follower is cut off while 2,000 entries are committed,
-- then leadership is handed to another server, which knows nothing of that follower: it begins at the end of its own
-- log and goes back until the two agree. By one: next = max(1, next - 1), a round trip for each entry that is
-- missing. By the hint (paper 5.3): the follower says where its log ends, and the second message fits.
local p = sim.params { entries = 2000, delay = "1ms" }
sim.describe "Raft: backing off by one, and by the follower's hint"
sim.run_for "9s"

sim.links { delay = p.delay, bandwidth = "1Gbit/s" }
local behind = {}
for i, way in ipairs { "hint", "one" } do
  local group = require "raft_group" (3, { prefix = way .. "_", group = i, back_off = way, snapshot_entries = 0 })
  sim.spawn(function()
    sim.wait(function() return group.leader() end)
    sim.sleep "500ms"
    local leader, others = group.leader(), {}
    for _, node in ipairs(group.all) do if node ~= leader then others[#others + 1] = node end end
    behind[way] = others[1]
    sim.isolate(behind[way])
    group.propose(leader, p.entries)
    sim.sleep "1s"
    leader:command("transfer", { to = others[2] })
    sim.sleep "500ms"
    sim.heal()
    local healed = sim.now()
    sim.wait(function() return behind[way]:probe "applied" > p.entries end)
    sim.result("until it has caught up, ms", way, (sim.now() - healed) // 1000 / 1000)
  end)
end
sim.random_faults() -- the second group's heal ends the first one's cut, too
sim.expect("both catch up", function()
  for _, node in pairs(behind) do if node:probe "applied" <= p.entries then return false end end
  return true
end)
sim.plot("series", { of = { "hint_1", "hint_2", "hint_3", "one_1", "one_2", "one_3" }, probes = "last",
  title = "The log's last index: a follower that was cut off, by hint and by one" })
sim.plot("results", { y = "ms" })
