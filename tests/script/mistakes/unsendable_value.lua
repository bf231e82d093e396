sim.model("talker", function()
    local talker = {}
    function talker.start(node)
        node:send(0, "hello", { name = "x", reply = print })
    end
    return talker
end)
sim.node("a", "talker")
