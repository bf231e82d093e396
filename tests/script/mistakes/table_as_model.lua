local model = { start = function(node) end }
sim.node("a", model)
