-- A replicated key-value store on Multi-Paxos: its leader fails, and another takes over, gaps and all.
--
-- Three nodes serve a workload. At 5 s the leader is cut off from both others for 200 ms: its streams are reset, and
-- the instances under way are lost. Back in touch, it goes on with new ones at once (users ask again, too), and sends
-- the lost ones again after `retransmit`. In between it loses power: both others have accepted instances above a gap.
-- Whoever takes over prepares once for all instances, proposes again what the promises tell of, and fills what
-- nobody has with no-ops: "it fills the gap immediately by proposing, as commands 136 and 137, a special no-op command"
-- (Paxos Made Simple, section 3). Users whose command was in a gap ask again, and it is done once.
local p = sim.params { clients = 16, election_timeout = "600ms", retransmit = "300ms" }
sim.describe "Multi-Paxos: a leader fails, and another takes over, and fills the gaps"
sim.run_for "15s"

local nodes = sim.nodes("n", 3, "paxos", {
  peers = sim.all, election_timeout = p.election_timeout, election_timeout_max = 2 * p.election_timeout,
  retransmit = p.retransmit, reconnect = "20ms",
})
sim.links { delay = sim.lognormal("500us", "2ms"), bandwidth = "1Gbit/s", reset_after = "100ms" }
local app = sim.workload {
  name = "app", targets = nodes, clients = p.clients, mix = "A", keys = 1000, timeout = "4s", retry = "100ms", start = "2s",
  think = "5ms",
}

local function leader()
  for _, node in ipairs(nodes) do if node:probe "leader" == true then return node end end
end
local old, new, others, crashed_at, restarted
sim.at("5s", function()
  old, others = leader(), {}
  for _, node in ipairs(nodes) do
    if node ~= old then others[#others + 1] = node end
  end
  sim.cut(old, others, { lasts = "200ms" })
end)
sim.when(function() return others and others[1]:probe "gaps" > 0 and others[2]:probe "gaps" > 0 end, function()
  crashed_at = sim.now()
  old:crash()
end)
sim.when(function() return crashed_at and leader() end, function()
  new = leader()
  sim.mark(crashed_at, sim.now(), "no leader")
  sim.result("time without a leader [ms]", "election timeout " .. sim.format_ns(p.election_timeout),
    (sim.now() - crashed_at) / 1000000)
end)
sim.at("9s", function()
  restarted = true
  old:restart()
end)

sim.expect("both others are left with a gap", function() return crashed_at ~= nil end, { from = "5s", by = "6s" })
sim.expect("another one takes over", function() return new and new ~= old end, {
  from = "5s", by = 6000000000 + 3 * p.election_timeout,
})
sim.expect("no gap is left", function() return new and new:probe "gaps" == 0 end, { at = "9s" })
sim.expect("users are served again", function() return app:probe "done" > 10000, app:probe "done" .. " operations" end)
sim.expect("in the end all have applied the same, the old leader too", function()
  local least, most = math.huge, 0
  for _, node in ipairs(nodes) do
    least, most = math.min(least, node:probe "applied"), math.max(most, node:probe "applied")
  end
  return restarted and most - least < 200, least .. " to " .. most
end)
sim.plot("series", { of = nodes, probes = "applied", title = "Instances that each replica has applied" })
