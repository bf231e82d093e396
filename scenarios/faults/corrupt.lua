-- Corruption that a checksum finds: the datagram is dropped. Beside it one that is delivered: with `deliver`, a bit of what
-- comes is wrong, and only a check of the program's own finds it.
local p = sim.params { fault = true }
sim.describe "A bit flips, and the checksum finds it, or does not"
sim.run_for "4s"

local b = sim.node("b", "wire.lua")
local a = sim.node("a", "wire.lua", { to = { b } })
sim.links { delay = "1ms" }

if p.fault then
  sim.at("1s", function() sim.corrupt(a, b, "30%", { lasts = "500ms" }) end)
  sim.at("2s", function() sim.corrupt(a, b, "100%", { lasts = "200ms", deliver = true }) end)
end

sim.expect("some never came, and some came wrong", function()
  return b:probe "came" < a:probe "sent" - 20 and b:probe "garbled" > 3
end)
