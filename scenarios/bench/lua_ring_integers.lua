-- `orrery bench lua-ring`: 100 Lua nodes in a ring, 100 messages under way, each an integer.
sim.describe "Benchmark: messages between Lua nodes"
sim.run_for "60s"
sim.links { delay = sim.exponential "1ms" }
local nodes = {}
for i = 1, 100 do
  nodes[i] = sim.node("n" .. i, "ring_node", { next = i > 1 and nodes[i - 1] or nil, start = 0, shape = "integer" })
end
-- The one that starts them all; n1 passes on to it.
sim.node("first", "ring_node", { next = nodes[100], start = 100, shape = "integer" })
