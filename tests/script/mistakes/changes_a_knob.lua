sim.model("counter", function()
  local counter = { knobs = { step = 1 } }
  function counter.start(node) node.knobs.step = 2 end
  return counter
end)
sim.node("a", "counter")
