sim.model("talker", function()
  local talker = {}
  function talker.on_mesage(node) end
  function talker.strat(node) end
  return talker
end)
sim.node("alice", "talker")
