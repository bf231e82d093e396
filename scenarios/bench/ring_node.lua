-- A node of the ring: passes what it gets to the next. `shape` is what a message is.
local ring = {
    summary = "a benchmark's node: passes messages on",
    knobs = { next = "node", start = 0, shape = { choices = "integer|table", usual = "table" } },
    messages = { "token", { "record", { "hop", "key", "value", "from" } } },
}

function ring.start(node)
    node.messages = 0
    node.next = node.knobs.next or node:find("first") -- the ring closes there
    for i = 1, node.knobs.start do
        if node.knobs.shape == "table" then
            node:send(node.next, "record", { hop = 1, key = i, value = 7, from = node.id })
        else
            node:send(node.next, "token", i)
        end
    end
end

function ring.on_record(node, _, message)
    node.messages = node.messages + 1
    message.hop = message.hop + 1
    node:send(node.next, "record", message)
end

function ring.on_token(node, _, number)
    node.messages = node.messages + 1
    node:send(node.next, "token", number + 1)
end

ring.probes = { messages = function(node) return node.messages end }
return ring
