local interval = "10ms"
sim.model("ticker", function()
    return { start = function(node) node:after("tick", interval) end }
end)
