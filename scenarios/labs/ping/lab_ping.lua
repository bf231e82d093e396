-- Lab 1: every ping arrives, and none arrives twice, over a network that loses, doubles and disorders.
--
-- `source` hands numbered pings to the node `sender`, and `receiver` hands what arrives to `sink`; both run
-- the model that you write, ping.lua. README.md beside this file is the exercise. What is judged is what
-- source and sink saw, which are not yours.
sim.lab {
  hand_in = "ping.lua",
  points = {
    { "Only What Was Sent Arrives", 1 },
    { "No Ping Arrives Twice", 3 },
    { "Every Ping Arrives", 4 },
    { "Done Means Arrived", 2 },
  },
}
local p = sim.params { loss = "20%", pings = 40 }
sim.describe "Lab 1: pings over a network that loses, doubles and disorders"
sim.run_for "60s"

local machine_a, machine_b = sim.host { name = "a" }, sim.host { name = "b" }
local sender = sim.node("sender", "ping.lua", { host = machine_a, role = "sender", peer = "receiver", app = "source" })
local receiver = sim.node("receiver", "ping.lua", { host = machine_b, role = "receiver", peer = "sender", app = "sink" })
local source = sim.node("source", "source.lua", { host = machine_a, target = sender, count = p.pings })
local sink = sim.node("sink", "sink.lua", { host = machine_b })

sim.links { loss = "100%" } -- nobody reaches anybody but as below
sim.link(source, sender, { delay = "10us", loss = 0 })
sim.link(receiver, sink, { delay = "10us", loss = 0 })
sim.link(sender, receiver, {
  delay = sim.lognormal("5ms", "60ms"), loss = p.loss, duplicate = "10%", reorder = "10%", reorder_by = "100ms",
})
-- And for two seconds nothing passes at all.
sim.chaos { from = "3s", to = "20s", nodes = { sender, receiver }, cut = { rate = "0.1/s", lasts = "2s" } }

sim.law {
  name = "Only What Was Sent Arrives", reads = { "asked", "arrived" },
  says = "what arrives at the sink was given to the sender before",
  fold = function(state, fact)
    if fact.name == "asked" then
      state[fact.a] = true
      return nil
    end
    if state[fact.a] then return "held" end
    return "broken", "ping " .. fact.a .. " arrived, which nobody sent"
  end,
}
sim.law {
  name = "No Ping Arrives Twice", reads = "arrived",
  says = "each ping arrives at the sink at most once",
  fold = function(state, fact)
    if state[fact.a] then return "broken", "ping " .. fact.a .. " arrived a second time" end
    state[fact.a] = true
    return "held"
  end,
}
sim.law {
  name = "Every Ping Arrives", reads = { "asked", "arrived" },
  says = "each ping that was given to the sender has arrived at the sink when the run ends",
  fold = function(state, fact)
    state.asked, state.arrived, state.has = state.asked or 0, state.arrived or 0, state.has or {}
    if fact.name == "asked" then
      state.asked = math.max(state.asked, fact.a)
    else
      state.has[fact.a] = true
    end
  end,
  finish = function(state)
    for ping = 1, state.asked or 0 do
      if not state.has[ping] then
        return "broken", "ping " .. ping .. " of " .. state.asked .. " never arrived"
      end
    end
    if (state.asked or 0) > 0 then return "held" end
  end,
}
sim.law {
  name = "Done Means Arrived", reads = { "arrived", "done" },
  says = "when the sender tells its source that a ping is done, it has arrived; and all are done in the end",
  fold = function(state, fact)
    state.arrived, state.count = state.arrived or {}, state.count or 0
    if fact.name == "arrived" then
      state.arrived[fact.a] = true
      return nil
    end
    state.count = state.count + 1
    if state.arrived[fact.a] then return "held" end
    return "broken", "ping " .. fact.a .. " was said to be done, and had not arrived"
  end,
}
sim.expect("the sender has told of all", function()
  return source:probe "done" == p.pings, source:probe "done" .. " of " .. p.pings .. " are done"
end)
