-- A slow processor: work takes ten times as long.
local p = sim.params { fault = true }
sim.describe "A processor has a tenth of its speed for two seconds"
sim.run_for "4s"

local n = sim.node("n", "worker.lua")

if p.fault then
  sim.at("1s", function() n:slow_cpu("10%", { lasts = "2s" }) end)
end

sim.expect("it did about 220 rounds of 400", function()
  return n:probe "rounds" > 210 and n:probe "rounds" < 230
end)
