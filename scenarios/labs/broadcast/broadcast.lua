-- Lab 2: this file is yours. README.md beside it says what it has to do.
--
-- As it stands a node tells the others once, and whoever hears it delivers: best effort. Run it, and see
-- which laws break:
--
--   ./orrery run scenarios/labs/broadcast/lab_broadcast.lua
local broadcast = {
  knobs = { peers = "", app = "" }, -- peers: the names of all nodes, yours too, "n1 n2 n3 n4 n5"
}

function broadcast.start(node)
  node.peers = {}
  for name in string.gmatch(node.knobs.peers, "%S+") do
    if name ~= node:name_of(node.id) then node.peers[#node.peers + 1] = name end
  end
end

-- The application wants value to be broadcast; no other node begins one with the same value.
function broadcast.on_broadcast(node, _, value)
  node:send(node.knobs.app, "deliver", value)
  for _, peer in ipairs(node.peers) do node:send(peer, "value", value) end
end

-- Another node says that there is a value.
function broadcast.on_value(node, from, value)
  node:note("heard of {} from {node} -> delivered", value, from)
  node:send(node.knobs.app, "deliver", value)
end

-- A timer that you armed with node:after("name", "100ms") has come.
function broadcast.on_timer(node, timer)
end

return broadcast
