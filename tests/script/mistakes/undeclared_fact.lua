sim.model("leader", function()
    local leader = { facts = { "leads" } }
    function leader.start(node) node:fact("lead", 1, 2) end
    return leader
end)
sim.node("a", "leader")
