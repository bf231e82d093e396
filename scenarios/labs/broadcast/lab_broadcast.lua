-- Lab 2: reliable broadcast. Whoever crashes, those who stay up deliver the same.
--
-- Five nodes run the model that you write, broadcast.lua; beside each stands its application, which gives it
-- values to broadcast and hears what it delivers. The network loses three messages in ten, and two of the five
-- crash for good, most likely in the middle of a broadcast. What is judged is what the applications saw.
-- The laws are those of Cachin, Guerraoui and Rodrigues, "Introduction to Reliable and Secure Distributed
-- Programming" (2011), modules 3.2 (reliable) and 3.3 (uniform reliable broadcast).
sim.lab {
  hand_in = "broadcast.lua",
  points = { { "No Creation", 1 }, { "No Duplication", 2 }, { "Validity", 2 }, { "Agreement", 4 }, { "Uniform Agreement", 3 } },
}
local p = sim.params { loss = "30%", values = 8 }
sim.describe "Lab 2: reliable broadcast among five, of whom two crash"
sim.run_for "30s"

local names, nodes, apps = {}, {}, {}
for i = 1, 5 do names[i] = "n" .. i end
for i = 1, 5 do
  local machine = sim.host { name = "h" .. i }
  nodes[i] = sim.node(names[i], "broadcast.lua", { host = machine, peers = table.concat(names, " "), app = "app" .. i })
  apps[i] = sim.node("app" .. i, "app.lua", { host = machine, target = nodes[i], first = 100 * i, count = p.values })
end
sim.links { loss = "100%" } -- nobody reaches anybody but as below
for i = 1, 5 do
  sim.link(apps[i], nodes[i], { delay = "10us", loss = 0 })
  for k = i + 1, 5 do sim.link(nodes[i], nodes[k], { delay = sim.lognormal("2ms", "30ms"), loss = p.loss }) end
end

-- Each application begins a broadcast every 500 ms; a crash comes up to 30 ms behind one.
local rng = sim.rng "crashes"
local order = rng:shuffle { 1, 2, 3, 4, 5 }
local crashed = { ["app" .. order[1]] = true, ["app" .. order[2]] = true }
sim.random_faults()
for k = 1, 2 do
  local at = 500 * rng:int(1, p.values) + rng:int(0, 30)
  sim.at(at .. "ms", function() nodes[order[k]]:kill() end)
end

sim.law {
  name = "No Creation", reads = { "asked", "delivered" },
  says = "what is delivered was broadcast before",
  fold = function(state, fact)
    if fact.name == "asked" then
      state[fact.a] = true
      return nil
    end
    if state[fact.a] then return "held" end
    return "broken", fact.node .. " was given " .. fact.a .. ", which nobody broadcast"
  end,
}
sim.law {
  name = "No Duplication", reads = "delivered",
  says = "nobody delivers a value twice",
  fold = function(state, fact)
    local seen = state[fact.node] or {}
    state[fact.node] = seen
    if seen[fact.a] then return "broken", fact.node .. " was given " .. fact.a .. " twice" end
    seen[fact.a] = true
    return "held"
  end,
}

-- What was asked of whom, and delivered to whom.
local function remember(state, fact)
  state.asked, state.delivered = state.asked or {}, state.delivered or {}
  local all = fact.name == "asked" and state.asked or state.delivered
  all[fact.a] = all[fact.a] or {}
  all[fact.a][fact.node] = true
end
sim.law {
  name = "Validity", reads = { "asked", "delivered" },
  says = "what a node that stays up broadcasts, it delivers",
  fold = remember,
  finish = function(state)
    local judged
    for value, by in pairs(state.asked or {}) do
      local app = next(by)
      if not crashed[app] then
        judged = true
        if not (state.delivered[value] or {})[app] then
          return "broken", app .. " broadcast " .. value .. ", and was never given it"
        end
      end
    end
    if judged then return "held" end
  end,
}
local function agreement(counts)
  return function(state)
    local judged
    for value, who in pairs(state.delivered or {}) do
      local witness
      for app in pairs(who) do witness = witness or (counts(app) and app) end
      for i = 1, witness and 5 or 0 do
        local app = "app" .. i
        judged = true
        if not crashed[app] and not who[app] then
          return "broken", witness .. " was given " .. value .. ", and " .. app .. ", which stayed up, never was"
        end
      end
    end
    if judged then return "held" end
  end
end
sim.law {
  name = "Agreement", reads = { "asked", "delivered" },
  says = "what one that stays up delivers, all that stay up deliver",
  fold = remember, finish = agreement(function(app) return not crashed[app] end),
}
sim.law {
  name = "Uniform Agreement", reads = { "asked", "delivered" },
  says = "what anyone delivers, even one that crashes afterwards, all that stay up deliver",
  fold = remember, finish = agreement(function() return true end),
}
