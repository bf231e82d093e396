-- Keeps numbers on a disk, and answers what it has.
local keeper = { files = { "kept" }, facts = { { "kept", "{} kept" } } }

function keeper.start(node)
  node.values, node.ready = {}, false
  node:spawn(function()
    local records = node:records "kept" or {}
    for _, record in ipairs(records) do node.values[record[1]] = record[2] end
    node.ready = true
  end)
end

function keeper.on_read(node, _, asked)
  if not node.ready then return { error = "recovering" } end
  return { value = node.values[asked.key] }
end

function keeper.on_write(node, _, asked)
  if not node.ready then return { error = "recovering" } end
  if not node:append("kept", { asked.key, asked.value }) or not node:sync "kept" then return { error = "disk" } end
  node.values[asked.key] = asked.value
  node:fact("kept", 0, asked.value)
  return { value = asked.value }
end

keeper.probes = { values = function(node)
  local n = 0
  for _ in pairs(node.values) do n = n + 1 end
  return n
end }
return keeper
