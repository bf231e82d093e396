-- A cut in both directions: no datagram passes; the stream is reset once it has waited longer than the link is patient.
local p = sim.params { fault = true }
sim.describe "Nothing passes for a second"
sim.run_for "4s"

local b = sim.node("b", "wire.lua")
local a = sim.node("a", "wire.lua", { to = { b } })
sim.links { delay = "1ms", reset_after = "500ms" }

if p.fault then
  sim.at("1s", function() sim.cut(a, b, { lasts = "1s" }) end)
end

sim.expect("100 datagrams are missing, and the stream was reset", function()
  return b:probe "came" < a:probe "sent" - 95 and a:probe "resets" > 0
end)
