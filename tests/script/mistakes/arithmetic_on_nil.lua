sim.model("counter", function()
  local counter = {}
  function counter.start(node) node.count = node.cuont + 1 end
  return counter
end)
sim.node("a", "counter")
