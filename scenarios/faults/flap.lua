-- A flapping link: down for 50 ms of each 200 ms.
local p = sim.params { fault = true }
sim.describe "A link comes and goes"
sim.run_for "4s"

local b = sim.node("b", "wire.lua")
local a = sim.node("a", "wire.lua", { to = { b } })
sim.links { delay = "1ms" }

if p.fault then
  sim.at("1s", function() sim.flap(a, b, { period = "200ms", down = "50ms", lasts = "2s" }) end)
end

sim.expect("about a quarter of what was sent meanwhile is missing", function()
  local missing = a:probe "sent" - b:probe "came"
  return missing > 30 and missing < 70
end)
