-- A register, and a copy of it: the leader stores what it is told, answers, and tells the copy afterwards.
local register = {
  knobs = { copy = "node" },
  messages = { "read", "write", "value", "stored", "copied" },
  facts = { { "stored", "register {}: {}" } },
}

function register.start(node) node.value = 0 end

function register.on_read(node, from) node:send(from, "value", node.value) end

function register.on_write(node, from, value)
  node.value = value
  node:note("{node} writes {} -> stored and acknowledged{|, before the copy has it}", from, value, node.knobs.copy ~= nil)
  node:fact("stored", 0, value)
  node:send(from, "stored", value)
  if node.knobs.copy then node:send(node.knobs.copy, "copied", value) end
end

function register.on_copied(node, _, value) node.value = value end

return register
