-- A stuck disk: nothing is answered until it is well again.
local p = sim.params { fault = true }
sim.describe "A disk does not answer for a second"
sim.run_for "4s"

local n = sim.node("n", "journal.lua")

if p.fault then
  sim.at("1s", function() n:disk_stuck { lasts = "1s" } end)
end

sim.expect("a number took a second, and none was refused", function()
  return n:probe "slowest" > sim.duration "900ms" and n:probe "refused" == 0
end)
