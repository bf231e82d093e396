-- Echo, the smallest model, in Lua: the same behaviour as models/echo/echo.c, to the byte of the
-- trace.
--
-- A node with a target is a client: each interval it sends the next number. A node without one is a
-- server: it sends back what it gets. The lists below fix the numbers that the wall speaks in, in
-- the order of the C model's tables; without them numbers come by first use.

local echo = {
    name = "echo",
    summary = "a client sends numbers, a server sends them back: the tutorial",

    knobs = { target = "node", interval = { usual = "100ms", min = "1us", max = "1h" } },
    channels = { "echo" },
    messages = { { "ping", "integer" }, { "pong", "integer" } },
    timers = { "ping" },
    notes = { "ping {} from {node} -> sent it back" },
    facts = { { "sent", "{node} sent {}" }, { "came_back", "to {node} came back {}" } },
    bugs = { off_by_one = "the server adds one to what it sends back" },
}

function echo.start(node)
    node.sent, node.came_back = 0, 0
    if node.knobs.target then node:after("ping", node.knobs.interval) end
end

function echo.on_timer(node)
    node.sent = node.sent + 1
    node:fact("sent", node.id, node.sent)
    node:send(node.knobs.target, "ping", node.sent)
    node:after("ping", node.knobs.interval)
end

function echo.on_ping(node, from, number)
    node:note("ping {} from {node} -> sent it back", number, from)
    node:send(from, "pong", number + (node.bugs.off_by_one and 1 or 0))
end

function echo.on_pong(node, from, number)
    node.came_back = node.came_back + 1
    node:fact("came_back", node.id, number)
end

function echo.describe(node)
    if not node.knobs.target then return "server" end
    return string.format("client: %d sent, %d back", node.sent, node.came_back)
end

echo.probes = {
    missing = function(node)
        if node.knobs.target then return node.sent - node.came_back end
    end,
}

-- One state for each group, and the group is the client: it sends 1, 2, 3, ...
echo.laws = {
    {
        name = "Echoes Were Sent",
        says = "every echo carries a number that was sent",
        source = "models/echo/README.md",
        reads = { "sent", "came_back" },
        group = true,
        fold = function(seen, fact)
            seen.largest = seen.largest or 0
            if fact.name == "sent" then
                seen.largest = math.max(seen.largest, fact.a)
                return nil
            end
            if fact.a >= 1 and fact.a <= seen.largest then return "held" end
            return "broken", fact.a .. " came back, but only 1 to " .. seen.largest .. " were sent"
        end,
    },
}

return echo
