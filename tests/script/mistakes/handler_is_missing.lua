sim.model("talker", function()
    return { start = function(node) node:send(0, "hello", 1) end }
end)
sim.node("a", "talker")
