sim.model("clock", function()
  local clock = {}
  function clock.start(node) node.began = sim.now() end
  return clock
end)
sim.node("a", "clock")
