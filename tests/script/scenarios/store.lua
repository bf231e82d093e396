-- A node model that uses everything a Lua node can do: a key-value store with a log on its disk.
-- The scenarios beside it drive it.

local store = {
    summary = "a store with a log, for tests",
    knobs = {
        peers = "nodes",
        greeting = "hello",
        pause = "5ms",
        rate = { usual = 10, min = 1, max = 100, doc = "how often" },
        mode = { choices = "plain|fancy", usual = "fancy" },
    },
    channels = { "data", { "stream", stream = true } },
    messages = { "put", { "tick", { "number", "name:string", "flag:boolean", "any:value" } } },
    facts = { { "stored", "stored key {} as {}" }, "applied" },
    commands = {
        put = { key = 0, value = 0 },
        get = { key = 0 },
        slow = {},
        refuse = {},
        ask = { who = "node", key = 0 },
        say = { text = "nothing" },
        work = {},
        hang = {},
    },
    views = {
        pairs = {
            columns = { "key", { "value", unit = "count" }, { "since", unit = "ns" } },
            rows = function(node)
                local rows = {}
                for key, value in pairs(node.data) do
                    rows[#rows + 1] = { key = key, value = value }
                end
                return rows
            end,
        },
    },
    probes = {
        keys = { doc = "how many keys", read = function(node) return node.count end },
        lively = function(node) return node.ticks > 0 end,
    },
    bugs = { forgetful = "nothing is synced" },
}

function store.start(node, files)
    node.data, node.count, node.ticks, node.heard, node.up = {}, 0, 0, {}, {}
    node.had_log = files.log
    local records, size = node:records("log")
    for _, record in ipairs(records) do
        if not node.data[record.key] then node.count = node.count + 1 end
        node.data[record.key] = record.value
    end
    node.valid = size
    if (files.log or 0) > size then node:truncate("log", size) end
    node.ready = true
    node:note("ready with {} keys in {ns}, mode {plain|fancy}", node.count, node:now(), 1)
    node:spawn(function(every)
        while true do
            node:sleep(every)
            node.ticks = node.ticks + 1
            for _, peer in ipairs(node.knobs.peers or {}) do
                if peer ~= node.id then
                    local name, any = node:name_of(node.id), { 1, 2, { x = "y" } }
                    local tick = { number = node.ticks, name = name, flag = true, any = any }
                    node:send(peer, "tick", tick)
                end
            end
        end
    end, "10ms")
end

function store.on_tick(node, from, tick)
    assert(tick.flag == true and tick.any[3].x == "y")
    node.heard[tick.name] = tick.number
end

local function put(node, key, value)
    local offset, why = node:append("log", { key = key, value = value })
    if not offset then return nil, why end
    if not node.bugs.forgetful then
        local good, why_not = node:sync("log")
        if not good then return nil, why_not end
        if not node.had_log then -- a new file's name must be made durable too
            node:sync_directory()
            node.had_log = true
        end
    end
    if not node.data[key] then node.count = node.count + 1 end
    node.data[key] = value
    node:fact("stored", key, value)
    return offset
end

function store.on_get(node, from, message) return node.data[message.key] end
function store.on_slow(node, from, message, call)
    node:sleep("50ms")
    node:answer(call, "slowly")
end
function store.on_peer(node, peer, channel, up)
    node.up[node:name_of(peer)] = channel .. (up and " up" or " down")
end
function store.on_message(node, from, type, message) node.heard[type] = message end

store.on_command = function(node, name, args, request)
    if name == "put" then return put(node, args.key, args.value) end
    if name == "get" then return node.data[args.key] end
    if name == "slow" then
        node:sleep("20ms")
        return { slept = node:now() }
    end
    if name == "refuse" then return nil, "not today" end
    if name == "ask" then
        local answer, why = node:rpc(args.who, "get", { key = args.key }, "30ms")
        local slow = node:rpc(args.who, "slow", nil, "200ms")
        local late, late_why = node:rpc(args.who, "slow", nil, "10ms")
        node:send(args.who, "gossip", { 1, 2, 3 })
        node:connect(args.who, "stream")
        return { answer = answer, why = why, slow = slow, late = late, late_why = late_why }
    end
    if name == "say" then return node.knobs.greeting .. " " .. args.text end
    if name == "work" then
        local before = node:now()
        node:work("lane", "30ms")
        return node:now() - before
    end
    if name == "hang" then return end -- no answer, ever
end

function store.describe(node) return "store of " .. node.count end

return store
