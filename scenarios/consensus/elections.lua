-- How long is a group without a leader? The experiment of the paper's section 9.3 and figure 16.
--
-- Groups of five servers, alike but for their election timeouts. Each group's leader is crashed again and again, at
-- a moment drawn from its heartbeat interval, which is half of the least timeout; the servers' logs differ then, so
-- that not every candidate can win, and all have heard the last heartbeat together, which makes split votes likely.
-- Measured is the time until another leads. `study=randomness` draws timeouts from 150 ms and up to so much more,
-- `study=scale` from T to 2 T. A broadcast (send, sync, answer) takes some 15 ms, as in the paper.
--
-- Timeouts that are all alike split the vote for seconds on end; 5 ms of difference bring the median below 300 ms,
-- and 50 ms the worst case to some 500: compare models/raft/README.md.
local p = sim.params { study = "randomness", trials = 100, behind = 0, pre_vote = false, give_up = "10s" }
sim.describe "Time without a leader, by the randomness of election timeouts"
sim.run_for(p.trials * 10 * 1000000000)

local ms = 1000000
local ranges = p.study == "randomness"
  and { { 150, 150 }, { 150, 151 }, { 150, 155 }, { 150, 175 }, { 150, 200 }, { 150, 300 } }
  or { { 12, 24 }, { 25, 50 }, { 50, 100 }, { 100, 200 }, { 150, 300 } }

local finished = 0
local function experiment(number, least, most)
  local name = least .. "-" .. most .. " ms"
  local heartbeat = least * ms // 2
  local group = require "raft_group" (5, { prefix = "g" .. number .. "_", group = number, heartbeat = heartbeat,
    election_timeout = least * ms, election_timeout_max = most * ms, pre_vote = p.pre_vote, check_quorum = false,
    snapshot_entries = 0, disk = { sync = sim.lognormal("6ms", "12ms") } })
  for _, a in ipairs(group.all) do
    for _, b in ipairs(group.all) do
      if a ~= b then sim.link(a, b, { delay = sim.lognormal("500us", "2ms"), oneway = true }) end
    end
  end
  local rng = sim.rng("crash of group " .. number)
  local trials = most - least < 5 and p.trials // 5 or p.trials

  sim.spawn(function()
    for _ = 1, trials do
      local leader
      while not sim.wait(function() leader = group.leader() return leader end, p.give_up) do
        group.all[1]:command("campaign") -- alike in all, they would go on for ever
      end
      sim.sleep(3 * heartbeat + 40 * ms) -- its no-op is everywhere
      local sent = leader:probe "messages_sent"
      sim.wait(function() return not leader:probe "leader" or leader:probe "messages_sent" >= sent + 4 end)
      if leader:probe "leader" then
        -- The heartbeat has set all timers together. An entry that follows it does not reach all.
        local at = rng:int(0, heartbeat)
        sim.sleep(math.min(at, 8 * ms))
        local behind = {}
        for _, node in ipairs(group.all) do
          if node ~= leader and #behind < p.behind then behind[#behind + 1] = node end
        end
        local cut = p.behind > 0 and sim.cut(leader, behind)
        if cut then group.propose(leader) end
        sim.sleep(math.max(at - 8 * ms, 0))
        local term, crashed = leader:probe "term", sim.now()
        leader:crash()
        local led = sim.wait(function()
          local next = group.leader()
          return next and next:probe "term" > term
        end, p.give_up)
        sim.trial(name, (led and sim.now() - crashed or sim.duration(p.give_up)) // 1000 / 1000)
        if cut then cut:heal() end
        leader:restart()
      end
    end
    finished = finished + 1
    for _, node in ipairs(group.all) do node:kill() end
  end)
end
for i, range in ipairs(ranges) do experiment(i, range[1], range[2]) end

sim.random_faults() -- a leader that lost its term meanwhile is not crashed
sim.expect("all trials are made", function() return finished == #ranges, finished .. " of " .. #ranges end)
sim.plot("trials", { title = "Time without a leader, by the range of election timeouts",
  x = "from the crash to the next leader [ms]" })
