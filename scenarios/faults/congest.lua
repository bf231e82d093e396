-- Congestion: little bandwidth is left, and messages queue on the link. What has queued keeps its time when it ends.
local p = sim.params { fault = true }
sim.describe "Messages queue where bandwidth is short"
sim.run_for "4s"

local b = sim.node("b", "wire.lua")
local a = sim.node("a", "wire.lua", { to = { b } })
sim.links { delay = "1ms" }

if p.fault then
  sim.at("1s", function() sim.congest(a, b, "4kB/s", { lasts = "1s" }) end)
end

sim.expect("messages waited in a queue that grew", function()
  return b:probe "slowest" > sim.duration "200ms"
end)
