-- A cut one way: what a sends is gone, what b sends comes.
local p = sim.params { fault = true }
sim.describe "Nothing passes from a to b, everything from b to a"
sim.run_for "4s"

local a, b = table.unpack(sim.nodes({ "a", "b" }, "wire.lua", { to = sim.all }))
sim.links { delay = "1ms" }

if p.fault then
  sim.at("1s", function() sim.cut(a, b, { lasts = "1s", oneway = true }) end)
end

sim.expect("one way is cut, the other is not", function()
  return b:probe "came" < a:probe "sent" - 95 and a:probe "came" > b:probe "sent" - 5
end)
