-- A frozen wall clock: it stands, the monotonic one runs on.
local p = sim.params { fault = true }
sim.describe "A wall clock stands still for a second"
sim.run_for "4s"

local a, b = table.unpack(sim.nodes({ "a", "b" }, "wire.lua", { to = sim.all }))
sim.links { delay = "1ms" }

if p.fault then
  sim.at("1s", function() b:clock_freeze { lasts = "1s" } end)
end

sim.expect("b is a second behind, and its timers are not", function()
  return a:clock().wall - b:clock().wall == sim.duration "1s" and b:probe "sent" == a:probe "sent"
end)
