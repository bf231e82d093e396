-- Failed writes: the next five fail with an input/output error.
local p = sim.params { fault = true }
sim.describe "Five writes fail"
sim.run_for "4s"

local n = sim.node("n", "journal.lua")

if p.fault then
  sim.at("1s", function() n:fail_writes(5) end)
end

sim.expect("five numbers were refused", function()
  return n:probe "refused" == 5
end)
