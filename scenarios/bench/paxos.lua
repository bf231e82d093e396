-- Benchmark: chosen instances of a Multi-Paxos group, one command an instance, 32 in flight, as in raft.lua. With
-- `batch=1` an accept request carries one instance, too.
local p = sim.params { servers = 3, batch = 1000, in_flight = 32 }
sim.describe "Benchmark: chosen instances of a Multi-Paxos group"
sim.run_for "20s"
local servers = sim.nodes("n", p.servers, "paxos", { peers = sim.all, batch = p.batch, snapshot_entries = 100000 })
sim.at("500ms", function()
  for _, node in ipairs(servers) do
    if node:probe "leader" then
      node:command("propose", { count = 1000000000, in_flight = p.in_flight, bytes = 100 })
    end
  end
end)
sim.expect("instances are chosen", function()
  local most, sent, syncs = 0, 0, 0
  for _, node in ipairs(servers) do
    most = math.max(most, node:probe "applied")
    if node:probe "leader" == true then sent, syncs = node:probe "messages_sent", node:probe "syncs" end
  end
  sim.result("instances", "chosen", most)
  sim.result("messages of the leader per instance", "", sent / most)
  sim.result("syncs of the leader per instance", "", syncs / most)
  return most > 1000
end)
