-- The application above a node: gives it a value every 500 ms, and hears what it delivers. Part of the lab,
-- not yours.
local app = {
  knobs = { target = "node", first = 100, count = { usual = 8, min = 1, max = 90 } },
  messages = { { "broadcast", "integer" }, { "deliver", "integer" } },
  facts = { { "asked", "group {}: to broadcast {}" }, { "delivered", "group {}: {}" } },
}

function app.start(node)
  node.given = 0
  node:after("next", "500ms")
end

function app.on_timer(node)
  local value = node.knobs.first + node.given
  node.given = node.given + 1
  node:fact("asked", 0, value)
  node:send(node.knobs.target, "broadcast", value)
  if node.given < node.knobs.count then node:after("next", "500ms") end
end

function app.on_deliver(node, _, value)
  if math.type(value) == "integer" then node:fact("delivered", 0, value) end
end

return app
