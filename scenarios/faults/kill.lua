-- A kill: the process alone dies. Its kernel resets its streams, so the peer knows at once.
local p = sim.params { fault = true }
sim.describe "A process dies, its machine does not"
sim.run_for "4s"

local b = sim.node("b", "wire.lua")
local a = sim.node("a", "wire.lua", { to = { b } })
sim.links { delay = "1ms" }

if p.fault then
  sim.at("1s", function() b:kill() end)
  sim.at("1500ms", function() b:restart() end)
end

sim.expect("the peer was told by a reset, and datagrams were lost", function()
  return a:probe "resets" > 0 and b:probe "came" < a:probe "sent" - 140
end)
