-- The disk is lost: when the node starts again there is no journal.
local p = sim.params { fault = true }
sim.describe "A machine comes back with an empty disk"
sim.run_for "4s"

local n = sim.node("n", "journal.lua")

if p.fault then
  sim.at("1s", function() n:crash() end)
  sim.at("1200ms", function() n:lose_disk() end)
  sim.at("1500ms", function() n:restart() end)
end

sim.expect("nothing was found", function()
  return n:starts() == 2 and n:probe "found" == 0
end)
