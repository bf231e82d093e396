sim.model("counter", function()
  local counter = { probes = { count = function(node) node:send("a", "x") return 1 end } }
  function counter.start(node) node.n = 0 end
  return counter
end)
local a = sim.node("a", "counter")
sim.run_for "1s"
sim.expect("it counts", function() return a:probe "count" == 1 end)
