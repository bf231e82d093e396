-- A crash of the power takes what was only in the cache: this journal syncs its first number, and no other.
local p = sim.params { fault = true }
sim.describe "What was not synced is gone"
sim.run_for "4s"

local n = sim.node("n", "journal.lua", { syncs = false, host = sim.host { name = "h", disk = { crash = "all" } } })
local lost = 0

if p.fault then
  local kept
  sim.at("1s", function()
    kept = n:probe "kept"
    n:crash()
  end)
  sim.at("1500ms", function() n:restart() end)
  sim.at("1600ms", function() lost = kept - n:probe "found" end)
end

sim.expect("all but the first number is gone", function()
  return n:probe "found" == 1 and lost > 50
end)
