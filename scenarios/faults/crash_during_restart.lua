-- A crash during the restart: the node goes down again while it reads its journal, and comes up the second time.
local p = sim.params { fault = true }
sim.describe "A node crashes while it recovers"
sim.run_for "4s"

local n = sim.node("n", "journal.lua", { host = sim.host { name = "h", disk = { read = "100ms" } } })

if p.fault then
  sim.at("1s", function() n:crash() end)
  sim.at("1500ms", function() n:restart() end)
  sim.at("1550ms", function() n:crash() end)
  sim.at("2s", function() n:restart() end)
end

sim.expect("it started three times, and has its journal", function()
  return n:starts() == 3 and n:probe "found" > 50
end)
