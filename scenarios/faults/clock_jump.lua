-- A step of the wall clock: half a minute forward, then back. The monotonic clock, by which timers run, does not see it.
local p = sim.params { fault = true }
sim.describe "A wall clock jumps, and jumps back"
sim.run_for "4s"

local a, b = table.unpack(sim.nodes({ "a", "b" }, "wire.lua", { to = sim.all }))
sim.links { delay = "1ms" }
local ahead = 0

if p.fault then
  sim.at("1s", function() b:clock_jump "30s" end)
  sim.at("2s", function() ahead = b:clock().wall - a:clock().wall end)
  sim.at("3s", function() b:clock_jump "-20s" end)
end

sim.expect("b was half a minute ahead, then ten seconds", function()
  return ahead == sim.duration "30s" and b:clock().wall - a:clock().wall == sim.duration "10s"
    and b:probe "sent" == a:probe "sent"
end)
