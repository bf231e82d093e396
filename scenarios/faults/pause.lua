-- A pause, as of a garbage collection or a virtual machine: nothing runs, messages wait in the inbox, time goes on.
local p = sim.params { fault = true }
sim.describe "A node stands still for half a second"
sim.run_for "4s"

local b = sim.node("b", "wire.lua")
local a = sim.node("a", "wire.lua", { to = { b } })
sim.links { delay = "1ms" }

if p.fault then
  sim.at("1s", function() b:pause "500ms" end)
end

sim.expect("messages waited half a second for it, and none is missing", function()
  return b:probe "slowest" > sim.duration "490ms" and b:probe "came" > a:probe "sent" - 5
end)
