-- Failed reads: the journal cannot be read at the start, twice.
local p = sim.params { fault = true }
sim.describe "Reads fail after a restart"
sim.run_for "4s"

local n = sim.node("n", "journal.lua")

if p.fault then
  sim.at("1s", function() n:crash() end)
  sim.at("1100ms", function() n:fail_reads(2) end)
  sim.at("1500ms", function() n:restart() end)
end

sim.expect("the journal could not be read, and then it could", function()
  return n:probe "misread" > 0 and n:probe "found" > 50
end)
