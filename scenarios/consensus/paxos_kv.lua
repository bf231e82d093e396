-- A replicated key-value store on Multi-Paxos: its leader fails, and another takes over, gaps and all.
--
-- Three nodes serve a workload. At 5 s the streams of the leader to both others are reset (a cut of 300 ms, shorter
-- than anyone's patience is not: reset_after is 100 ms), and what it had under way is lost. Back in touch it goes on with
-- new instances at once, and sends the lost ones again a little later. In between, at an unlucky moment, it loses
-- power. The followers have accepted instances above a gap. Whoever takes over prepares once for all instances,
-- proposes again what the promises tell of, and fills what nobody has with no-ops (Paxos Made Simple, section 3).
local p = sim.params { clients = 16, election_timeout = "150ms" }
sim.describe "Multi-Paxos: a leader fails, and another takes over"
sim.run_for "15s"

local nodes = sim.nodes("n", 3, "paxos", {
  peers = sim.all, election_timeout = p.election_timeout, election_timeout_max = 2 * p.election_timeout,
})
sim.links { delay = sim.lognormal("500us", "2ms"), bandwidth = "1Gbit/s" }
local app = sim.workload {
  name = "app", targets = nodes, clients = p.clients, mix = "A", keys = 1000, timeout = "2s", retry = "300ms", start = "2s",
  think = "5ms",
}

local function leader()
  for _, node in ipairs(nodes) do if node:probe "leader" == true then return node end end
end
local old, new, crashed_at
sim.at("5s", function()
  old = leader()
  crashed_at = sim.now()
  old:crash()
end)
sim.when(function() return old and leader() and leader() ~= old end, function()
  new = leader()
  sim.mark(crashed_at, sim.now(), "no leader")
  sim.result("time without a leader [ms]", "election timeout " .. sim.format_ns(p.election_timeout), (sim.now() - crashed_at) / 1000000)
end)
sim.at("9s", function() old:restart() end)

sim.expect("another one leads before two election timeouts at their longest are over", function()
  return new ~= nil
end, { from = "5s", by = 5000000000 + 5 * p.election_timeout })
sim.expect("users are served again", function() return app:probe "done" > 1000 end)
sim.expect("in the end all have applied the same, the old leader too", function()
  local least, most = math.huge, 0
  for _, node in ipairs(nodes) do
    least, most = math.min(least, node:probe "applied"), math.max(most, node:probe "applied")
  end
  return most - least < 200, least .. " to " .. most
end)
sim.plot("series", { of = nodes, probes = "applied", title = "Instances that each replica has applied" })
