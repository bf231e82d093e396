-- A journal: writes the next number every 10 ms, syncs, and only then counts it as kept. When it starts it reads what
-- is there. What a disk does to its promises can be read off the counts.
local journal = {
  summary = "numbers that are written, synced and counted; read again at the start",
  knobs = { syncs = { usual = true, doc = "else only the first number is synced, with the file's name" },
            padding = { usual = "0B", doc = "what each record has beside its number" } },
  files = { "journal" },
  notes = { "journal read: {} numbers whole", "write failed: number {} -> tried again", "sync failed -> tried again",
            "journal cannot be read -> tried again", "the last {} bytes are no whole record -> cut off" },
}

function journal.start(node, files)
  node.kept, node.found, node.refused, node.slowest, node.misread, node.torn = 0, 0, 0, 0, 0, 0
  node:spawn(function()
    local records, valid = node:records "journal"
    while not records do
      node.misread = node.misread + 1
      node:note "journal cannot be read -> tried again"
      node:sleep "10ms"
      records, valid = node:records "journal"
    end
    node.found = #records
    if (files.journal or 0) > valid then
      node.torn = files.journal - valid
      node:note("the last {} bytes are no whole record -> cut off", node.torn)
      node:truncate("journal", valid)
    end
    node:note("journal read: {} numbers whole", #records)
    local number = #records
    while true do
      node:sleep "10ms"
      local began = node:now()
      local offset = node:append("journal", { number + 1, ("x"):rep(node.knobs.padding) })
      if not offset then
        node.refused = node.refused + 1
        node:note("write failed: number {} -> tried again", number + 1)
      elseif (node.knobs.syncs or number == 0) and not node:sync "journal" or
             number == 0 and not node:sync_directory() then -- the file, and its name
        node.refused = node.refused + 1
        node:note "sync failed -> tried again"
      else
        number = number + 1
        node.kept = number
      end
      node.slowest = math.max(node.slowest, node:now() - began)
    end
  end)
end

journal.probes = {
  kept = function(node) return node.kept end,
  found = function(node) return node.found end,
  refused = function(node) return node.refused end,
  misread = function(node) return node.misread end,
  torn = function(node) return node.torn end,
  slowest = function(node) return node.slowest end,
}
return journal
