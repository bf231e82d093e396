-- Drift: both clocks of a host run faster, so its timers fire early.
local p = sim.params { fault = true }
sim.describe "A clock runs a tenth too fast"
sim.run_for "4s"

local a, b = table.unpack(sim.nodes({ "a", "b" }, "wire.lua", { to = sim.all }))
sim.links { delay = "1ms" }

if p.fault then
  sim.at("1s", function() b:clock_drift("10%", { lasts = "2s" }) end)
end

sim.expect("b has sent more than a", function()
  return b:probe "sent" > a:probe "sent" + 15
end)
