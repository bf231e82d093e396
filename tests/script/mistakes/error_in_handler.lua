sim.model("adder", function()
    local adder = {}
    function adder.start(node) node.sum = node.sum + 1 end
    return adder
end)
sim.node("a", "adder")
