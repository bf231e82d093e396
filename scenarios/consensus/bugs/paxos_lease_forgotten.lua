-- Bug switch lease_forgotten: an acceptor that restarts forgets the lease that it has granted
--
-- n1 leads, and answers reads by a lease of 1 s that n2 and n3 have granted. The two are cut off from it, are killed, and
-- come back at once. They should promise nothing until any lease that they may have granted is over; n2 prepares, n3
-- promises, and a write is done that n1, whose lease is not over by its own clock, knows nothing of. `--set bug=false`
-- runs the same without the mistake: then the law holds, and this scenario, which wants it broken, fails.
local p = sim.params { bug = true }
sim.describe "Bug: a restart forgets a lease"
sim.run_for "6s"

local nodes = sim.nodes("n", 3, "paxos", {
  peers = sim.all, reads = "lease", lease = "1s", election_timeout = "2s", election_timeout_max = "3s",
  bugs = p.bug and { "lease_forgotten" } or nil,
})
local n1, n2, n3 = table.unpack(nodes)
sim.links { delay = "1ms", reset_after = "100ms" }
sim.workload { name = "reader", target = n1, mix = "C", clients = 1, think = "10ms", keys = 10, start = "2s", timeout = "1s" }
sim.workload { name = "writer", target = n2, mix = { update = 1 }, clients = 1, keys = 10, start = "3100ms", timeout = "3s" }
sim.at("1100ms", function() n1:command("campaign") end)
sim.at("3s", function()
  sim.cut(n1, { n2, n3 })
  n2:kill()
  n3:kill()
end)
sim.at("3010ms", function()
  n2:restart()
  n3:restart()
end)
for i = 0, 19 do sim.at(3050000000 + i * 100000000, function() n2:command("campaign") end) end
sim.demonstrates "A Leased Read Misses Nothing"
