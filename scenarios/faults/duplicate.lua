-- Duplication: datagrams come twice; what a stream carries does not.
local p = sim.params { fault = true }
sim.describe "Datagrams come twice"
sim.run_for "4s"

local b = sim.node("b", "wire.lua")
local a = sim.node("a", "wire.lua", { to = { b } })
sim.links { delay = "1ms" }

if p.fault then
  sim.at("1s", function() sim.duplicate(a, b, "50%", { lasts = "1s" }) end)
end

sim.expect("some datagrams came twice", function()
  return b:probe "doubled" > 10 and b:probe "on_line" < a:probe "sent"
end)
