-- A solution of lab 2: majority-ack uniform reliable broadcast (Cachin et al., Algorithm 3.5): everyone relays
-- what it hears of until all have acknowledged, and delivers what a majority is known to have.
local broadcast = { knobs = { peers = "", app = "" } }

function broadcast.start(node)
  node.peers, node.known, node.delivered = {}, {}, {}
  for name in string.gmatch(node.knobs.peers, "%S+") do
    if name ~= node:name_of(node.id) then node.peers[#node.peers + 1] = name end
  end
end

local function tell(node, value)
  for _, peer in ipairs(node.peers) do
    if not node.known[value][peer] then node:send(peer, "value", value) end
  end
end

local function hear(node, value, name)
  local who = node.known[value]
  if not who then
    who = {}
    node.known[value] = who
    tell(node, value)
    node:after("again", "100ms")
  end
  if name then who[name] = true end
  local count = 1
  for _, peer in ipairs(node.peers) do count = count + (who[peer] and 1 or 0) end
  if 2 * count > #node.peers + 1 and not node.delivered[value] then
    node.delivered[value] = true
    node:send(node.knobs.app, "deliver", value)
  end
end

function broadcast.on_broadcast(node, _, value) hear(node, value) end

function broadcast.on_value(node, from, value)
  hear(node, value, node:name_of(from))
  node:send(from, "have", value)
end

function broadcast.on_have(node, from, value) hear(node, value, node:name_of(from)) end

function broadcast.on_timer(node)
  for value in pairs(node.known) do tell(node, value) end
  node:after("again", "100ms")
end

return broadcast
