-- `orrery bench raft`: committed entries of a Raft group, one entry a proposal, 32 in flight. With `batch=1` an
-- AppendEntries carries one entry, too.
local p = sim.params { servers = 3, batch = 1000, in_flight = 32 }
sim.describe "Benchmark: committed entries of a Raft group"
sim.run_for "1000s"
local servers = sim.nodes("n", p.servers, "raft", { peers = sim.all, batch = p.batch, snapshot_entries = 100000 })
sim.at("500ms", function()
  for _, node in ipairs(servers) do
    if node:probe "leader" then
      node:command("propose", { count = 1000000000, in_flight = p.in_flight, bytes = 100 })
    end
  end
end)
