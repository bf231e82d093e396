sim.model("m", function()
    local m = {}
    function m.start(node) node:send(1 - node.id, "page", ("x"):rep(17 << 20)) end
    function m.on_page() end
    return m
end)
sim.nodes("n", 2, "m")
