sim.model("talker", function()
  local talker = {}
  function talker.start(node) node:send("bob", "hello") end
  return talker
end)
sim.node("alice", "talker")
