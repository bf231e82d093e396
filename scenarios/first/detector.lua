-- A failure detector: each node beats every 100 ms, and suspects whom it has not heard of for a while.
local detector = {
  knobs = { peers = "nodes", patience = "350ms" },
  messages = { "beat" },
  facts = { { "suspected", "{node} is suspected" }, { "trusted", "{node} is trusted" } },
}

function detector.start(node)
  node.heard, node.suspects = {}, {}
  for _, peer in ipairs(node.knobs.peers) do node.heard[peer] = node:now() end
  node:after("beat", "100ms")
end

function detector.on_timer(node)
  for _, peer in ipairs(node.knobs.peers) do
    node:send(peer, "beat")
    local silence = node:now() - node.heard[peer]
    if silence > node.knobs.patience and not node.suspects[peer] then
      node.suspects[peer] = true
      node:note("nothing heard of {node} for {ns} -> suspected", peer, silence)
      node:fact("suspected", peer)
    end
  end
  node:after("beat", "100ms")
end

function detector.on_beat(node, from)
  node.heard[from] = node:now()
  if node.suspects[from] then
    node.suspects[from] = nil
    node:note("{node} is heard again -> trusted", from)
    node:fact("trusted", from)
  end
end

detector.probes = {
  suspects = function(node)
    local count = 0
    for _ in pairs(node.suspects) do count = count + 1 end
    return count
  end,
}

return detector
