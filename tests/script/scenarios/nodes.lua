-- What a Lua node can do, each thing once, with what must come of it.
sim.run_for "3s"
local nodes = sim.nodes({ "a", "b", "c" }, "store.lua", {
    peers = sim.others,
    disk = { sync = "1ms" },
})
local a, b, c = nodes[1], nodes[2], nodes[3]
sim.links { delay = "1ms" }

local seen = {}
sim.spawn(function()
    sim.sleep("100ms")
    seen.offset = a:ask("put", { key = 1, value = 10 })
    seen.second = a:ask("put", { key = 2, value = 20 })
    seen.got = a:ask("get", { key = 1 })
    seen.missing = a:ask("get", { key = 7 })
    seen.refused, seen.why = a:ask("refuse")
    seen.slow = a:ask("slow").slept
    seen.work = a:ask("work")
    seen.said = a:ask("say", { text = "world" })
    seen.asked = b:ask("ask", { who = a, key = 2 })
    sim.sleep("10ms")
    seen.gossip, seen.stream = #a:state().heard.gossip, a:state().up.b
    seen.hung, seen.hung_why = a:ask("hang", {}, "100ms")
    b:crash()
    seen.down, seen.down_why = b:ask("get", { key = 1 })
    a:crash { power = true }
    a:restart("50ms")
    seen.back = sim.wait(function() return a:up() end, "1s")
    sim.sleep("20ms")
    seen.after = a:ask("get", { key = 2 })
    seen.never = sim.wait(function() return false end, "10ms")
    seen.done = true
end)
local replies = {}
sim.at("150ms", function()
    c:command("put", { key = 5, value = 55 }, function(reply, why)
        replies[#replies + 1] = reply
        c:command("refuse", function(none, because) replies[#replies + 1] = because end)
    end)
end)

local function equal(name, get, expected)
    sim.expect(name, function()
        local found = get()
        return found == expected, "found " .. tostring(found) .. ", expected " .. tostring(expected)
    end)
end
equal("the task came to its end", function() return seen.done end, true)
equal("append returns the offset", function() return seen.offset end, 0)
equal("the second record follows", function() return seen.second > 0 end, true)
equal("get", function() return seen.got end, 10)
equal("a reply may be nil", function() return seen.missing end, nil)
equal("a refusal says why", function() return seen.why end, "not today")
equal("sleep by the node's clock", function() return seen.slow > 100000000 end, true)
equal("work takes its time", function() return seen.work end, 30000000)
equal("a text's usual value", function() return seen.said end, "hello world")
equal("rpc", function() return seen.asked.answer end, 20)
equal("rpc answered later", function() return seen.asked.slow end, "slowly")
equal("rpc in vain", function() return seen.asked.late_why end, "timeout")
equal("a message without a handler of its own", function() return seen.gossip end, 3)
equal("a stream comes up", function() return seen.stream end, "stream up")
equal("an answer that never comes", function() return seen.hung_why end, "timeout")
equal("a node that is down", function() return seen.down_why end, "b is down")
equal("back again", function() return seen.back end, true)
equal("what was synced survives the power", function() return seen.after end, 20)
equal("a wait in vain", function() return seen.never end, false)
equal("callbacks", function() return replies[1] == 0 and replies[2] end, "not today")
equal("the log was there", function() return (a:state().had_log or 0) > 0 end, true)
equal("layouts carry", function() return c:state().heard.a > 10 end, true)
equal("a probe", function() return c:probe "keys" end, 1)
equal("a probe of truth", function() return c:probe "lively" end, 1)
equal("a view", function() return c:view("pairs")[1].value end, 55)
equal("NULL", function() return c:view("pairs")[1].since end, nil)
equal("describe", function() return c:describe() end, "store of 1")
equal("a node that is down shows no rows", function() return #b:view "pairs" end, 0)
equal("starts are counted", function() return a:starts() end, 2)
sim.law {
    name = "Keys Grow", says = "a key is stored with ten times itself", reads = { "stored" },
    fold = function(state, fact)
        state.count = (state.count or 0) + 1
        if fact.group == 5 then return nil end
        return fact.a == fact.group * 10, "key " .. fact.group .. " is " .. fact.a
    end,
}
