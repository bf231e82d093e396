-- Bug switch unsynced_promise: an acceptor answers a prepare before it has kept the promise
--
-- A leader and a candidate do not reach each other, and the third node reaches both. It promises the candidate's ballot,
-- loses power a moment later, and has forgotten it: so it goes on to accept what the old leader proposes, while
-- the candidate leads by its promise. "An acceptor records its intended response in stable storage before actually
-- sending the response" (Paxos Made Simple, 2.5). `--set bug=false` runs the same without the mistake: then the law
-- holds, and this scenario, which wants it broken, fails.
local p = sim.params { bug = true }
sim.describe "Bug: an acceptor forgets its promise on restart"
sim.run_for "6s"

local nodes = sim.nodes("n", 3, "paxos", {
  peers = sim.all, election_timeout = "1s", election_timeout_max = "2s", heartbeat = "200ms", reconnect = "10ms",
  bugs = p.bug and { "unsynced_promise" } or nil,
})
sim.links { delay = "1ms", reset_after = "100ms" }
local leader, candidate, third
sim.at("3s", function()
  for _, node in ipairs(nodes) do
    if node:probe "leader" == true then leader = node elseif not third then third = node else candidate = node end
  end
  sim.cut(leader, candidate)
  candidate:command("campaign")
end)
sim.when(function() return third and third:probe "ballot" > leader:probe "ballot" end, function()
  sim.after("100us", function() third:crash() end)
  sim.after("10ms", function() third:restart() end)
end)
-- The old leader goes on, as soon as it reaches the third node again.
sim.every("5ms", function()
  if leader and leader:probe "leader" == true and sim.time() > 3.01 then leader:command("propose", { count = 1 }) end
end)
sim.demonstrates "Promises Are Kept"
