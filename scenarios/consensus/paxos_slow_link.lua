-- A learner behind a slow link: a snapshot that takes longer to send than anyone waits for anything.
--
-- n3 is off while the others fill a store of some megabytes and cut their logs, twice over. When it comes back, by a link
-- of 2 Mbit/s, what it needs is gone: it is sent a snapshot in pieces, and asks for the next when one has come. That takes
-- many election timeouts. It does not stand meanwhile, as whoever sends it knows more; what it has stays, as long as the
-- same snapshot can be had; and the sender takes no newer one before this is there, nor cuts the log after it. At 38 s, if
-- it has not caught up by then, it is cut off for half a second, and the snapshot goes on where it stood.
local p = sim.params { bandwidth = "2Mbit/s", keys = 3000, value = "1kB", chunk = "16kB", cut = "500ms" }
sim.describe "Multi-Paxos: a snapshot over a slow link"
sim.run_for "80s"

local nodes = sim.nodes("n", 3, "paxos", { peers = sim.all, snapshot_entries = 1500, snapshot_chunk = p.chunk })
local away = nodes[3]
sim.links { delay = sim.lognormal("500us", "2ms"), bandwidth = "1Gbit/s" }
for i = 1, 2 do sim.link(nodes[i], away, { delay = "5ms", bandwidth = p.bandwidth, reset_after = "150ms" }) end
local mix = { read = 0, update = 1 }
sim.workload { name = "load", targets = { nodes[1], nodes[2] }, clients = 8, rate = "300/s", users = 8, mix = mix, keys = p.keys,
  distribution = "sequential", value_bytes = p.value, start = "1s", stop = "25s", timeout = "5s", retry = "500ms" }
sim.workload { name = "app", targets = nodes, clients = 8, rate = "60/s", users = 8, mix = mix, keys = p.keys,
  value_bytes = p.value, start = "25s", timeout = "5s", retry = "500ms" }

local function leader()
  for _, node in ipairs(nodes) do if node:up() and node:probe "leader" == true then return node end end
end
local first, ballot, there
sim.at("2s", function() away:crash() end)
sim.at("30s", function()
  first, ballot = leader(), leader():view("paxos")[1].promised
  away:restart()
  local since = sim.now()
  sim.when(function() return away:probe "applied" > first:probe "applied" - 50 end, function()
    there = true
    sim.result("until it has caught up, s", "a link of " .. p.bandwidth // 1000 .. " kB/s", (sim.now() - since) // 100000000 / 10)
  end)
end)
sim.at("38s", function() if not there then sim.isolate(away, { lasts = p.cut }) end end)
sim.mark("30s", "n3 is back"); sim.mark("38s", "it is cut off")

sim.expect("it has caught up", function()
  return away:probe "applied" > first:probe "applied" - 50, away:probe "applied" .. " of " .. first:probe "applied"
end)
sim.expect("the same leader leads, in the same ballot", function()
  return leader() == first and first:view("paxos")[1].promised == ballot
end)
sim.plot("series", { of = nodes, probes = "applied", title = "Instances that each replica has applied" })
sim.plot("series", { of = nodes, probes = "log_first", title = "Where each replica's log begins" })
