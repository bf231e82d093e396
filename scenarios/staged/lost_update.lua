-- A lost update, message by message: two editors read 0, both write 1, and both are told that it is done.
--
-- Alice's write is held on the way until Bob has read, so that he does not see it; then his own overwrites it.
-- Read-modify-write without a lock, a version or a compare-and-set (Berenson et al., "A critique of ANSI SQL
-- isolation levels", 1995, P4). `--set held=false` lets her write arrive before Bob begins: then nothing is lost,
-- and this scenario, which wants the law broken, fails.
local p = sim.params { held = true }
sim.describe "A lost update, staged message by message"
sim.run_for "2s"

local register = sim.node("register", "register.lua")
local alice = sim.node("alice", "editor.lua", { reads = register, writes = register })
local bob = sim.node("bob", "editor.lua", { reads = register, writes = register })
sim.links { delay = "1ms" }

sim.law {
  name = "No Update Is Lost", reads = { "stored", "incremented" },
  says = "after n increments that were acknowledged the register is n at least",
  fold = function(state, fact)
    if fact.name == "stored" then
      state.value = fact.a
      return nil
    end
    state.acknowledged = (state.acknowledged or 0) + 1
    if state.value >= state.acknowledged then return "held" end
    return "broken", state.acknowledged .. " increments were acknowledged, and the register is " .. state.value
  end,
}
sim.demonstrates "No Update Is Lost"

sim.spawn(function()
  local write = p.held and sim.hold(alice, register, { type = "write" })
  alice:ask("increment")
  sim.sleep "10ms"
  local answer = p.held and sim.hold(register, bob, { type = "value" })
  bob:ask("increment") -- he reads, and what he reads is held too
  sim.sleep "10ms"
  if write then write:release() end -- now hers arrives: the register is 1
  sim.sleep "10ms"
  if answer then answer:release() end -- and he, who has read 0, writes 1
end)
