-- A delay spike: each message takes 80 ms more while it lasts.
local p = sim.params { fault = true }
sim.describe "Everything takes 80 ms more for a second"
sim.run_for "4s"

local b = sim.node("b", "wire.lua")
local a = sim.node("a", "wire.lua", { to = { b } })
sim.links { delay = "1ms" }

if p.fault then
  sim.at("1s", function() sim.delay(a, b, "80ms", { lasts = "1s" }) end)
end

sim.expect("the slowest took 81 ms", function()
  return b:probe "slowest" == sim.duration "81ms" and b:probe "line_slowest" >= sim.duration "81ms"
end)
