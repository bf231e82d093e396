-- A crash of the power: what was synced is there when the node starts again, and what its process knew is gone.
local p = sim.params { fault = true }
sim.describe "The power goes, and comes back"
sim.run_for "4s"

local n = sim.node("n", "journal.lua")

if p.fault then
  sim.at("1s", function() n:crash() end)
  sim.at("1500ms", function() n:restart() end)
end

sim.expect("the journal was read again at the start", function()
  return n:starts() == 2 and n:probe "found" > 50 and n:probe "kept" > n:probe "found"
end)
