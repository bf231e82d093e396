-- Bit rot: bits of what is durable flip, and nobody is told. The checksum of a record finds it: what stands behind it
-- cannot be reached.
local p = sim.params { fault = true }
sim.describe "Bits flip on the medium, and a checksum finds it"
sim.run_for "4s"

local n = sim.node("n", "journal.lua")
local lost = 0

if p.fault then
  local kept
  sim.at("1s", function()
    kept = n:probe "kept"
    n:crash()
    n:bit_rot(3)
  end)
  sim.at("1500ms", function() n:restart() end)
  sim.at("1600ms", function() lost = kept - n:probe "found" end)
end

sim.expect("fewer whole records were found than were kept", function()
  return lost > 0
end)
