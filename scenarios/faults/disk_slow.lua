-- A slow disk: everything takes fifty times as long.
local p = sim.params { fault = true }
sim.describe "A disk becomes fifty times slower"
sim.run_for "4s"

local n = sim.node("n", "journal.lua")

if p.fault then
  sim.at("1s", function() n:disk_slow(50, { lasts = "1s" }) end)
end

sim.expect("the slowest number took far longer than the usual", function()
  return n:probe "slowest" > sim.duration "20ms"
end)
