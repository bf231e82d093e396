-- What arrives here has arrived. Part of the lab, not yours.
local sink = {
  messages = { { "arrived", "integer" } },
  facts = { { "arrived", "group {}: ping {} arrived" } },
}

function sink.on_arrived(node, _, number)
  if math.type(number) == "integer" then node:fact("arrived", 0, number) end
end

return sink
