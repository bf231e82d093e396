-- Somebody who, when told to, reads a register, or adds one to what they read and writes that back.
local editor = {
  knobs = { reads = "node", writes = "node" },
  messages = { "read", "write", "value", "stored" },
  facts = { { "incremented", "register {}: to {}" }, { "read", "register {}: {}" } },
  commands = { increment = {}, look = {} },
}

function editor.on_command(node, name)
  node.adds = name == "increment"
  node:send(node.knobs.reads, "read")
  return true
end

function editor.on_value(node, from, value)
  if node.adds then
    node:note("{node} has {} -> writes one more", from, value)
    node:send(node.knobs.writes, "write", value + 1)
  else
    node:note("{node} has {} -> that is what there is", from, value)
    node:fact("read", 0, value)
  end
end

function editor.on_stored(node, _, value) node:fact("incremented", 0, value) end

return editor
