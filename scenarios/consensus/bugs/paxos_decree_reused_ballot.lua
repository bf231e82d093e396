-- Bug switch reused_ballot: a proposer counts its rounds in memory alone
--
-- n1 asks for 111 in its first ballot; n2 accepts it, and its answer is held up on its way. n1 loses power, comes back,
-- is asked for 222, and begins at round 1 again. n3 promises, and the late answer is taken for an acceptance of
-- the new proposal: n1 learns that 222 is chosen, which one acceptor has accepted, itself. "Each proposer remembers (in
-- stable storage) the highest-numbered proposal it has tried to issue" (Paxos Made Simple, 2.5). `--set bug=false`
-- runs the same without the mistake: then the law holds, and this scenario, which wants it broken, fails.
local p = sim.params { bug = true }
sim.describe "Bug: a proposer uses a ballot again after a restart"
sim.run_for "3s"

local nodes = sim.nodes("n", 3, "paxos_decree", {
  peers = sim.all, timeout = "5s", disk = { sync = "5ms", crash = "all" }, bugs = p.bug and { "reused_ballot" } or nil,
})
local n1, n2, n3 = table.unpack(nodes)
sim.links { delay = "2ms" }
local late = sim.hold(n2, n1, { type = "accepted" })
local lost = sim.hold(n1, n3, { type = "accept" })
sim.at("100ms", function() n1:command("propose", { value = 111 }) end)
sim.at("113ms", function() n1:crash() end) -- before its own acceptance is on disk
sim.at("200ms", function()
  sim.cut(n1, n2, { oneway = true })
  n1:restart()
end)
sim.at("300ms", function() n1:command("propose", { value = 222 }) end)
sim.at("400ms", function() late:release() end)
sim.at("2s", function() lost:release() end)
sim.demonstrates "Only Chosen Values Are Learned"
