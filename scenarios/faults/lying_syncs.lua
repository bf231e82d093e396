-- A sync that lies: it is answered, and nothing is durable. A crash shows it.
local p = sim.params { fault = true }
sim.describe "Syncs lie, and then the power goes"
sim.run_for "4s"

local n = sim.node("n", "journal.lua")
local lost = 0

if p.fault then
  sim.at("1s", function() n:lying_syncs { lasts = "1s" } end)
  local kept
  sim.at("1900ms", function()
    kept = n:probe "kept"
    n:crash()
  end)
  sim.at("2500ms", function() n:restart() end)
  sim.at("2600ms", function() lost = kept - n:probe "found" end)
end

sim.expect("numbers that were kept are gone", function()
  return lost > 50
end)
