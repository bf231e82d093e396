sim.model("m", function()
  return { start = function(node)
    local operation = node:invoke("read", "x")
    node:returns(operation, "ok", 1, nil, { version = "0/3000060" })
  end }
end)
sim.node("a", "m")
