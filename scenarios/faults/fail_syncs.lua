-- A failed sync: on Linux its dirty pages are dropped, and the next sync succeeds without them. The journal
-- writes again what it was refused.
local p = sim.params { fault = true }
sim.describe "A sync fails, and the pages with it"
sim.run_for "4s"

local n = sim.node("n", "journal.lua")

if p.fault then
  sim.at("1s", function() n:fail_syncs(3) end)
end

sim.expect("three syncs failed", function()
  return n:probe "refused" == 3 and n:probe "kept" > 100
end)
