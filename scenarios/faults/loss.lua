-- Loss: a third of the datagrams never come. The stream repeats what is lost: all of it comes, and late.
local p = sim.params { fault = true }
sim.describe "Datagrams are lost, a stream makes it delay"
sim.run_for "4s"

local b = sim.node("b", "wire.lua")
local a = sim.node("a", "wire.lua", { to = { b } })
sim.links { delay = "1ms" }

if p.fault then
  sim.at("1s", function() sim.loss(a, b, "33%", { lasts = "1s" }) end)
end

sim.expect("datagrams are missing, and the stream is only late", function()
  return b:probe "came" < a:probe "sent" - 10 and b:probe "line_slowest" > sim.duration "2ms"
    and b:probe "line_disorder" == 0 and b:probe "on_line" > a:probe "sent" - 10
end)
