-- A worker: rounds of 10 ms of work, one after the other; how many it did says how much processor it had.
local worker = { summary = "rounds of 10 ms of work, counted" }

function worker.start(node)
  node.rounds = 0
  node:spawn(function()
    while true do
      node:work("lane", "10ms")
      node.rounds = node.rounds + 1
    end
  end)
end

worker.probes = { rounds = function(node) return node.rounds end }
return worker
