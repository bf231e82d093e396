-- A stale read: what was acknowledged is not there yet where it is read.
--
-- Alice writes to the leader and is told that it is stored; the message that tells the copy is held. Bob, whom she
-- calls, reads from the copy, and does not find it. A leader that waits for its copy before it answers has no such
-- moment. With `--set held=false` nothing is held, the copy has it in time, and this scenario, which wants the law
-- broken, fails.
local p = sim.params { held = true }
sim.describe "A stale read from a copy, staged message by message"
sim.run_for "2s"

local copy = sim.node("copy", "register.lua")
local leader = sim.node("leader", "register.lua", { copy = copy })
local alice = sim.node("alice", "editor.lua", { reads = leader, writes = leader })
local bob = sim.node("bob", "editor.lua", { reads = copy, writes = leader })
sim.links { delay = "1ms" }

sim.law {
  name = "Reads Are Fresh", reads = { "incremented", "read" },
  says = "a read has what was acknowledged before it",
  fold = function(state, fact)
    if fact.name == "incremented" then
      state.acknowledged = fact.a
      return nil
    end
    if fact.a >= (state.acknowledged or 0) then return "held" end
    return "broken", fact.node .. " reads " .. fact.a .. ", after " .. state.acknowledged .. " was acknowledged"
  end,
}
sim.demonstrates "Reads Are Fresh"

sim.spawn(function()
  local late = p.held and sim.hold(leader, copy, { type = "copied" })
  alice:ask("increment")
  sim.sleep "10ms"
  bob:ask("look")
  sim.sleep "10ms"
  if late then late:release() end
end)
