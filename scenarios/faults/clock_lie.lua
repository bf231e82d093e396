-- A bound that lies: the time service says that the clock is within a millisecond, and it is off by twenty.
local p = sim.params { fault = true }
sim.describe "A clock is off by more than its bound"
sim.run_for "4s"

local b = sim.node("b", "wire.lua", { host = sim.host { name = "h", clock = { offset = "20ms", error = "25ms" } } })
local a = sim.node("a", "wire.lua", { to = { b } })
sim.links { delay = "1ms" }

if p.fault then
  sim.at("1s", function() b:clock_lie "1ms" end)
end

sim.expect("the truth is outside of what b believes", function()
  return b:clock().wall - a:clock().wall > b:clock().error
end)
