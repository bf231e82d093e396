-- Bug switch ignore_accepted: a new leader proposes its own values, whatever the promises tell it
--
-- The leader has chosen ten values, and loses power before it has told anyone how far. The promises to the next one tell
-- of them, and it should propose them again: "v is the value of the highest-numbered proposal among the responses"
-- (Paxos Made Simple, 2.2). It fills these instances with no-ops. `--set bug=false` runs the same without the mistake:
-- then the law holds, and this scenario, which wants it broken, fails.
local p = sim.params { bug = true }
sim.describe "Bug: a new leader ignores the highest accepted values"
sim.run_for "6s"

local nodes = sim.nodes("n", 3, "paxos", { peers = sim.all, bugs = p.bug and { "ignore_accepted" } or nil })
sim.links { delay = "1ms" }
local leader
sim.at("2s", function()
  for _, node in ipairs(nodes) do if node:probe "leader" == true then leader = node end end
  leader:command("propose", { count = 10 })
end)
sim.when(function() return leader and leader:probe "commit" == 10 end, function() leader:crash() end)
sim.demonstrates "At Most One Value Is Chosen"
