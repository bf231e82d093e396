-- Leases while members come and go: the old leader must not read once those who are members now may elect another
--
-- A lease rests on a majority that has promised to elect nobody else for a while. Whose majority that is changes with
-- the configuration, and TimeoutNow asks for the promise to be broken. So round after round the leader is put where it
-- would be wrong to keep its lease, with some of its followers beside it that go on answering:
--   replaced     servers that were no members take the place of all, and it does not hear that they have it
--   grown        the group goes from three to five, or back, and it is on the side of the old majority
--   handed over  it is cut off as soon as whom it told to stand leads
--   at random    any change, any partition
-- Clients read from every server all the time. Law and history tell whether one of them reads by a lease that it no
-- longer has; the figures, that they did read by leases.
local p = sim.params { rounds = 12 }
sim.describe "Raft: leases while members come and go"
local ms = 1000000
sim.run_for((3000 + p.rounds * 2000) * ms)

local knobs = { reads = "lease", snapshot_entries = 300, snapshot_trailing = 50 }
local group = require "raft_group" (3, knobs)
knobs.peers = table.move(group.all, 1, 3, 1, {})
for i = 4, 6 do group.all[i] = sim.node("n" .. i, "raft", knobs) end
sim.links { delay = sim.lognormal("500us", "2ms"), reset_after = "1s" }
for i, node in ipairs(group.all) do
  sim.workload { name = "reader" .. i, clients = 2, target = node, mix = "C", keys = 3, timeout = "500ms", think = "2ms" }
end
local writer = sim.workload { name = "writer", clients = 2, targets = group.all, mix = { update = 1 }, keys = 3,
  retry = "100ms", timeout = "5s", think = "2ms" }

sim.random_faults()
local rng = sim.rng "what befalls the leader"
local function others(leader, count) -- so many, drawn
  local list = {}
  for _, node in ipairs(group.all) do if node ~= leader then list[#list + 1] = node end end
  rng:shuffle(list)
  return table.move(list, 1, count, 1, {})
end
local function rest(of)
  local list, there = {}, {}
  for _, node in ipairs(of) do there[node:name()] = true end
  for _, node in ipairs(group.all) do if not there[node:name()] then list[#list + 1] = node end end
  return list
end
local function with(leader, list) return table.move(list, 1, #list, 2, { leader }) end
local function new_but_not_committed(leader) -- C_new, after a joint one
  for _, row in ipairs(leader:view "configuration") do
    if row.role ~= "voter" or row.committed then return false end
  end
  return true
end
local function changed(leader, voters) -- the task goes on when that is committed
  leader:command("reconfigure", { voters = voters })
  return sim.wait(function()
    local rows = leader:view "configuration"
    return #rows == #voters and rows[1].committed and rows[1].role == "voter"
  end, "400ms")
end

local befalls = {
  replaced = function(leader)
    local members, voters = {}, {}
    for _, row in ipairs(leader:view "configuration") do members[row.member] = true end
    local list = others(leader, 5)
    for _, node in ipairs(list) do if not members[node:name()] then voters[#voters + 1] = node end end
    for _, node in ipairs(list) do if #voters < 3 and members[node:name()] then voters[#voters + 1] = node end end
    leader:command("reconfigure", { voters = voters })
    if not sim.wait(function() return new_but_not_committed(leader) end, "300ms") then return end
    sim.cut(voters, rest(voters), { oneway = true })
    sim.sleep "10ms" -- they hear of it, and then of nothing more
    sim.partition(voters, rest(voters))
  end,
  grown = function(leader)
    local three = with(leader, others(leader, 2))
    if not changed(leader, three) then return end
    if rng:chance "50%" then
      changed(leader, table.move(rest(three), 1, 2, 4, table.move(three, 1, 3, 1, {})))
    else
      leader:command("add", { node = rest(three)[1] })
    end
    local side = { leader, three[2] }
    sim.partition(side, rest(side))
  end,
  handed_over = function(leader)
    local three = with(leader, others(leader, 2))
    if not changed(leader, three) then return end
    local holds = {}
    for i, node in ipairs(rest { leader }) do holds[i] = sim.hold(node, leader, { type = "vote" }) end
    leader:command("transfer", { to = three[2] })
    sim.wait(function() return three[2]:probe "leader" end, "200ms")
    sim.cut(rest { leader }, leader, { oneway = true })
    for _, hold in ipairs(holds) do hold:release() end
  end,
  at_random = function(leader)
    leader:command("reconfigure", { voters = rng:chance "50%" and others(leader, rng:int(1, 5))
      or with(leader, others(leader, rng:int(0, 4))) })
    sim.sleep(rng:int(0, 5000000))
    local side = with(leader, others(leader, rng:int(0, 3)))
    if rng:chance "50%" then sim.cut(rest(side), side, { oneway = true }) else sim.partition(side, rest(side)) end
  end,
}
local kinds = { "replaced", "grown", "handed_over", "at_random" }
local served, before = 0, nil
sim.spawn(function()
  for round = 1, p.rounds do
    sim.sleep "800ms"
    if not sim.wait(function() return group.leader() end, "1s") then return end
    befalls[kinds[(round - 1) % #kinds + 1]](group.leader())
    sim.sleep "500ms"
    sim.heal()
  end
  sim.sleep "1s"
  before = writer:probe "done"
end)
sim.every("10ms", function()
  local leader = group.leader()
  if leader and leader:view("raft")[1].lease then served = served + 1 end
end)
sim.expect("a leader has a lease, most of the time", function() return served > p.rounds * 50, served .. " times" end)
sim.expect("clients are served when it is over", function() return before and writer:probe "done" > before + 20 end)
sim.check "register"
