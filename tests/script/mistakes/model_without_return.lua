sim.model("talker", function()
  local talker = {}
  function talker.start(node) end
end)
sim.node("alice", "talker")
