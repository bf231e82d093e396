-- Isolation: a node is cut off from all others, both ways.
local p = sim.params { fault = true }
sim.describe "A node is alone for a second"
sim.run_for "4s"

local a, b = table.unpack(sim.nodes({ "a", "b" }, "wire.lua", { to = sim.all }))
sim.links { delay = "1ms" }

if p.fault then
  sim.at("1s", function() sim.isolate(b, { lasts = "1s" }) end)
end

sim.expect("neither way anything came", function()
  return b:probe "came" < a:probe "sent" - 95 and a:probe "came" < b:probe "sent" - 95
end)
