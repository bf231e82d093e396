-- Bug switch unsynced_promise: an acceptor answers a prepare before it has kept the promise
--
-- n2 promises n3's ballot, loses power, and has forgotten it. Then it accepts a proposal of n1 that is older than the
-- promise (n1's accept requests were held up on their way). n3 has counted on that promise when it took its own
-- value. "An acceptor records its intended response in stable storage before actually sending the response" (Paxos
-- Made Simple, 2.5). `--set bug=false` runs the same without the mistake: then the law holds, and this scenario,
-- which wants it broken, fails.
local p = sim.params { bug = true }
sim.describe "Bug: an acceptor forgets its promise on restart"
sim.run_for "3s"

local nodes = sim.nodes("n", 3, "paxos_decree", { peers = sim.all, bugs = p.bug and { "unsynced_promise" } or nil })
local n1, n2, n3 = table.unpack(nodes)
sim.links { delay = "2ms" }
local late = sim.hold(n1, { n2, n3 }, { type = "accept" })
sim.at("100ms", function() n1:command("propose", { value = 111 }) end)
sim.at("300ms", function()
  sim.cut(n1, n3)
  n3:command("propose", { value = 333 })
end)
sim.at("304ms", function() n2:crash() end) -- it has promised, and is not asked to accept yet
sim.at("400ms", function() n2:restart() end)
sim.at("600ms", function() late:release() end)
sim.demonstrates "Promises Are Kept"
