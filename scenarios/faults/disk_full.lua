-- A full disk: writes are refused until there is space again.
local p = sim.params { fault = true }
sim.describe "A disk is full for a second"
sim.run_for "4s"

local n = sim.node("n", "journal.lua")

if p.fault then
  sim.at("1s", function() n:disk_full { lasts = "1s" } end)
end

sim.expect("numbers were refused, and later ones were kept", function()
  return n:probe "refused" > 50 and n:probe "kept" > 100
end)
