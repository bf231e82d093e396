-- Reordering: some datagrams are held back and are overtaken; a stream keeps its order.
local p = sim.params { fault = true }
sim.describe "Datagrams overtake each other"
sim.run_for "4s"

local b = sim.node("b", "wire.lua")
local a = sim.node("a", "wire.lua", { to = { b } })
sim.links { delay = "1ms" }

if p.fault then
  sim.at("1s", function() sim.reorder(a, b, "50%", { by = "50ms", lasts = "1s" }) end)
end

sim.expect("some datagrams were overtaken, and the stream kept its order", function()
  return b:probe "late" > 5 and b:probe "line_disorder" == 0
end)
