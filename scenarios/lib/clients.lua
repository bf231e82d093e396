-- Clients as coroutines: a model whose nodes run `knobs.clients` users at once, each of them a function that asks, waits
-- and thinks as a program does. Every operation is in the history: invoke when it is asked, ok or fail when it is
-- answered, info when no answer came in time, as nobody knows then whether it happened.
--
--   local clients = require "clients"
--   return clients.model({ knobs = { server = "node" } }, function(me)
--     while true do
--       me:ask(me.knobs.server, "write", "x", me:unique())
--       me:think("10ms", "90ms")
--     end
--   end)
--
-- What is asked reaches on_write(node, from, { key = "x", value = 7 }) of the server, which returns { value = ... }, or
-- { error = "why" } for what did not happen; and, if it has one, { value = ..., version = 12 }, a number that orders its
-- writes. A user is a client of the history ("app/3") from first to last; after an operation without an answer it goes
-- on as another process, as a process whose last operation is open asks nothing more.
local clients = {}
local client = {}
client.__index = client

---The next of numbers that no other user of the run has: while it does not crash, of fewer than a thousand nodes.
function client:unique()
  self.asked = self.asked + 1
  return self.asked * 1000000 + self.node.id * 1000 + self.number
end

---Asks, and waits for the answer: its value; or nil and why not ("timeout": the outcome is unknown).
function client:ask(server, f, key, value, timeout)
  local operation = self.node:invoke(f, key, value, { client = self.number })
  local answer, why = self.node:rpc(server, f, { key = key, value = value }, timeout or "1s")
  if answer == nil then
    self.node:returns(operation, "info", nil, why)
    return nil, why
  elseif answer.error then
    self.node:returns(operation, "fail", nil, answer.error)
    return nil, answer.error
  end
  self.node:returns(operation, "ok", answer.value, nil, { version = answer.version })
  return answer.value
end

---Waits; with two durations, for any between them. A knob that is a distribution: me:think(me.node:sample(knob)).
function client:think(least, most)
  self.node:sleep(most and self.node:random(least, most) or least)
end

---A model: `model` has what it has beside its users (knobs, facts, handlers), `run(me)` is what each of them does.
---me.node, me.number (1, 2, ...), me.knobs.
function clients.model(model, run)
  model.knobs = model.knobs or {}
  model.knobs.clients = model.knobs.clients or { usual = 1, min = 1, max = 999, doc = "users at once" }
  local start = model.start
  function model.start(node, files)
    if start then start(node, files) end
    for number = 1, node.knobs.clients do
      local me = setmetatable({ node = node, number = number, asked = 0, knobs = node.knobs }, client)
      node:spawn(run, me)
    end
  end
  return model
end

return clients
