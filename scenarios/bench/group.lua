-- `orrery bench raft paxos`: committed entries of a group, one entry a proposal, 32 in flight. With `batch=1` a message
-- between servers carries one entry, too.
local p = sim.params { model = "raft", servers = 3, batch = 1000, in_flight = 32 }
sim.describe "Benchmark: committed entries of a Raft or a Multi-Paxos group"
sim.run_for "20s"
local servers = sim.nodes("n", p.servers, p.model, { peers = sim.all, batch = p.batch, snapshot_entries = 100000 })
sim.at("500ms", function()
  for _, node in ipairs(servers) do
    if node:probe "leader" then
      node:command("propose", { count = 1000000000, in_flight = p.in_flight, bytes = 100 })
    end
  end
end)
sim.expect("entries are committed", function()
  local most, sent, syncs = 0, 0, 0
  for _, node in ipairs(servers) do
    most = math.max(most, node:probe "applied")
    if node:probe "leader" then sent, syncs = node:probe "messages_sent", node:probe "syncs" end
  end
  sim.result("entries", "committed", most)
  sim.result("messages of the leader per entry", "", sent / most)
  sim.result("syncs of the leader per entry", "", syncs / most)
  return most > 1000
end)
