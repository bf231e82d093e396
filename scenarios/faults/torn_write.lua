-- A torn write: the power goes while records are in the cache, some of which come to the medium, and of the last only
-- some sectors. Its checksum finds it at the start, and it is cut off.
local p = sim.params { fault = true }
sim.describe "The last record is there in part"
sim.run_for "4s"

local n = sim.node("n", "journal.lua", { syncs = false, padding = "6kB",
  host = sim.host { name = "h", disk = { crash = "prefix", tears = true } } })
local torn = 0

if p.fault then
  for second = 1, 3 do -- not each crash tears
    sim.at(second .. "s", function() n:crash() end)
    sim.at(("%d100ms"):format(second), function() n:restart() end)
    sim.at(("%d200ms"):format(second), function() torn = torn + n:probe "torn" end)
  end
end

sim.expect("a record was found in part", function()
  return torn > 0 and n:probe "kept" > n:probe "found"
end)
