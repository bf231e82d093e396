-- Gives the sender a ping every 200 ms, and hears of those that are done. Part of the lab, not yours.
local source = {
  knobs = { target = "node", count = { usual = 40, min = 1, max = 1000 } },
  messages = { { "ping", "integer" }, { "done", "integer" } },
  facts = { { "asked", "group {}: ping {}" }, { "done", "group {}: ping {} is done" } },
}

function source.start(node)
  node.sent, node.done = 0, {}
  node:after("next", "200ms")
end

function source.on_timer(node)
  node.sent = node.sent + 1
  node:fact("asked", 0, node.sent)
  node:send(node.knobs.target, "ping", node.sent)
  if node.sent < node.knobs.count then node:after("next", "200ms") end
end

function source.on_done(node, _, number)
  if math.type(number) ~= "integer" or node.done[number] then return end
  node.done[number] = true
  node:fact("done", 0, number)
end

source.probes = {
  done = function(node)
    local count = 0
    for _ in pairs(node.done) do count = count + 1 end
    return count
  end,
}
return source
