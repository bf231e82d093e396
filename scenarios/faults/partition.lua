-- A partial partition: a and b do not hear each other, and both reach c.
local p = sim.params { fault = true }
sim.describe "Two of three do not hear each other, the third hears both"
sim.run_for "4s"

local a, b, c = table.unpack(sim.nodes({ "a", "b", "c" }, "wire.lua", { to = sim.all }))
sim.links { delay = "1ms" }

if p.fault then
  sim.at("1s", function() sim.partition({ a }, { b }, { lasts = "1s" }) end)
end

sim.expect("c has heard of both, they of each other not", function()
  return c:probe "came" > 2 * a:probe "sent" - 10 and a:probe "came" < 2 * a:probe "sent" - 95
    and b:probe "came" < 2 * a:probe "sent" - 95
end)
