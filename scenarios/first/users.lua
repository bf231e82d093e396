-- Users of a register: each reads, or writes a number of its own, and thinks before it asks again. Answers are lost on
-- the way, so some operations time out: whether they happened nobody knows, and the history says so (info).
local clients = require "clients"

return clients.model({
  knobs = { server = "node", patience = "200ms" },
  facts = { { "asked", "{node} asks for {} to be written" }, { "read", "{node} reads {}" } },
  laws = { {
    name = "Reads Were Asked For",
    says = "a read returns what some user has asked to be written",
    reads = { "asked", "read" },
    fold = function(seen, fact)
      if fact.name == "asked" then
        seen[fact.a] = true
        return
      end
      if seen[fact.a] then return "held" end
      return "broken", fact.a .. " was read, and nobody had asked for it"
    end,
  } },
}, function(me)
  while true do
    if me.node:chance "50%" then
      local number = me:unique()
      me.node:fact("asked", 0, number)
      me:ask(me.knobs.server, "write", "x", number, me.knobs.patience)
    else
      local value = me:ask(me.knobs.server, "read", "x", nil, me.knobs.patience)
      if value then me.node:fact("read", 0, value) end
    end
    me:think("10ms", "90ms")
  end
end)
