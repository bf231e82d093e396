-- Hold and release: messages are kept, all of them, until the scenario lets them go; then they come at once.
local p = sim.params { fault = true }
sim.describe "Messages are held for half a second, and released"
sim.run_for "4s"

local b = sim.node("b", "wire.lua")
local a = sim.node("a", "wire.lua", { to = { b } })
sim.links { delay = "1ms" }

if p.fault then
  local held
  sim.at("1s", function() held = sim.hold(a, b, { channel = "post" }) end)
  sim.at("1500ms", function() held:heal() end)
end

sim.expect("held datagrams came half a second late, and none is missing", function()
  return b:probe "slowest" > sim.duration "490ms" and b:probe "came" > a:probe "sent" - 5
end)
