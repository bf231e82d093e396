-- Numbers on a wire: a sender sends 1, 2, 3, ... every 10 ms to each of its receivers, as a datagram and on a stream; the
-- receiver counts what comes of them. What a fault does to either can be read off the counts.
local wire = {
  summary = "numbers every 10 ms, as datagrams and on a stream, and what comes of them",
  knobs = { to = "nodes" },
  channels = { "post", { "line", stream = true } },
  messages = { "number" },
}
local counts = { "came", "doubled", "late", "garbled", "slowest", "on_line", "line_disorder", "line_slowest", "resets" }

function wire.start(node)
  node.sent, node.to, node.up = 0, {}, {}
  node.seen, node.last, node.line_last = {}, {}, {}
  for _, name in ipairs(counts) do node[name] = 0 end
  for _, other in ipairs(node.knobs.to or {}) do
    if other ~= node.id then
      node.to[#node.to + 1] = other
      node:connect(other, "line")
    end
  end
  if #node.to > 0 then node:after("next", "10ms") end
end

function wire.on_peer(node, peer, _, up)
  node.up[peer] = up
  if up then return end
  node.resets = node.resets + 1
  for _, other in ipairs(node.to) do
    if other == peer then node:connect(peer, "line") end
  end
end

function wire.on_timer(node)
  node.sent = node.sent + 1
  for _, other in ipairs(node.to) do
    local message = { number = node.sent, check = node.sent * 7, at = node:wall(), line = false }
    node:send(other, "number", message, { channel = "post" })
    if node.up[other] then
      message.line = true
      node:send(other, "number", message, { channel = "line" })
    end
  end
  node:after("next", "10ms")
end

local function on_line(node, from, number, took)
  node.on_line = node.on_line + 1
  if number < (node.line_last[from] or 0) then node.line_disorder = node.line_disorder + 1 end
  node.line_last[from] = number
  node.line_slowest = math.max(node.line_slowest, took)
end

local function in_post(node, from, number, took)
  node.seen[from] = node.seen[from] or {}
  node.slowest = math.max(node.slowest, took)
  if node.seen[from][number] then
    node.doubled = node.doubled + 1
    return
  end
  node.seen[from][number] = true
  node.came = node.came + 1
  if number < (node.last[from] or 0) then node.late = node.late + 1 end
  node.last[from] = math.max(node.last[from] or 0, number)
end

function wire.on_number(node, from, message)
  local sound = type(message) == "table" and math.type(message.number) == "integer" and
                message.check == message.number * 7 and math.type(message.at) == "integer"
  if not sound then
    node.garbled = node.garbled + 1
    return
  end
  local take = message.line and on_line or in_post
  take(node, from, message.number, node:wall() - message.at)
end

function wire.on_malformed(node) node.garbled = node.garbled + 1 end

wire.probes = { sent = function(node) return node.sent end }
for _, name in ipairs(counts) do
  wire.probes[name] = function(node) return node[name] end
end
return wire
