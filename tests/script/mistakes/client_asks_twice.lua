sim.model("m", function()
  return { start = function(node)
    node:invoke("read", "x", nil, { client = 3 })
    node:invoke("read", "y", nil, { client = 3 })
  end }
end)
sim.node("a", "m")
