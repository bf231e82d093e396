-- A group of Raft servers, and how a scenario speaks of it.
--
--   local group = require "raft_group" (5, { reads = "lease" })          -- n1 to n5
--   group.all, group.n1 ...; group.leader(); group.leaders(); group.stands(group.n2)
--
-- `by_hand = true`: nobody stands for election by itself, so that a scenario can stage each step.
return function(count, options)
  local knobs = { peers = sim.all }
  for name, value in pairs(options or {}) do knobs[name] = value end
  local prefix = knobs.prefix or "n"
  knobs.prefix = nil
  if knobs.by_hand then
    knobs.election_timeout, knobs.election_timeout_max, knobs.heartbeat = "100s", "200s", "10s"
    knobs.pre_vote, knobs.check_quorum = knobs.pre_vote or false, knobs.check_quorum or false
  end
  knobs.by_hand = nil
  local group = { all = sim.nodes(prefix, count, "raft", knobs) }
  for i, node in ipairs(group.all) do group[prefix .. i] = node end

  ---Those that take themselves for the leader: a deposed one that has not heard of it is among them.
  function group.leaders()
    local found = {}
    for _, node in ipairs(group.all) do
      if node:up() and node:probe "leader" then found[#found + 1] = node end
    end
    return found
  end
  ---The leader of the highest term; nil: there is none.
  function group.leader()
    local best
    for _, node in ipairs(group.leaders()) do
      if not best or node:probe "term" > best:probe "term" then best = node end
    end
    return best
  end
  ---The node stands for election; the task that asks goes on when it leads, or after a second.
  function group.stands(node)
    node:command("campaign")
    return sim.wait(function() return node:probe "leader" end, "1s")
  end
  ---One entry, of the leader's own.
  function group.propose(node, entries) node:command("propose", { count = entries or 1, bytes = 100 }) end
  return group
end
