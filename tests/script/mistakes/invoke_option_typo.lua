sim.model("m", function()
  return { start = function(node) node:invoke("read", "x", nil, { clients = 3 }) end }
end)
sim.node("a", "m")
