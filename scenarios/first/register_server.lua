-- A register behind two calls. What these return is the answer.
local server = { bugs = { adds = "adds one to what it stores" } }

function server.start(node) node.values = {} end

function server.on_read(node, _, asked) return { value = node.values[asked.key] } end

function server.on_write(node, _, asked)
  if node.values[asked.key] and asked.value < node.values[asked.key] then return { error = "a larger number is there" } end
  node.values[asked.key] = asked.value + (node.bugs.adds and 1 or 0)
  return { value = asked.value }
end

return server
