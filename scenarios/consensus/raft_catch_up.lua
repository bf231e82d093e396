-- A follower that was away for long: entries if the leader still has them, a snapshot if not
--
-- n3 is down for three seconds. The others commit, save their stores every `snapshot_entries`, and drop the log
-- before that but for `snapshot_trailing` entries. When n3 is back, what it needs is gone: it is sent a snapshot in
-- chunks, makes it durable, and goes on with entries. `--set trailing=100000`: the log is still there.
local p = sim.params { snapshot_entries = 1000, trailing = 100, chunk = "16kB", value = "1kB" }
sim.describe "Raft: a follower catches up by a snapshot"
sim.run_for "10s"

local group = require "raft_group" (3, { snapshot_entries = p.snapshot_entries, snapshot_trailing = p.trailing,
  snapshot_chunk = p.chunk })
sim.links { delay = sim.lognormal("500us", "2ms"), bandwidth = "1Gbit/s" }
local app = sim.workload { name = "app", clients = 16, targets = group.all, mix = { read = 0.2, update = 0.8 },
  keys = 2000, value_bytes = p.value, think = "2ms", retry = "200ms", timeout = "5s" }
local away
sim.at("2s", function()
  for _, node in ipairs(group.all) do if node ~= group.leader() then away = node end end
  away:crash()
end)
sim.at("5s", function()
  away:restart()
  local since = sim.now()
  sim.when(function() return away:probe "applied" > group.leader():probe "applied" - 100 end, function()
    sim.result("until it has caught up, ms", "from " .. (away:view("raft")[1].snapshot > 0 and "a snapshot" or "the log"),
      (sim.now() - since) // 1000 / 1000)
  end)
end)
sim.expect("it has caught up", function() return away:probe "applied" > group.leader():probe "applied" - 200 end)
sim.expect("clients did not notice", function() return app:probe "unknown" == 0 end)
sim.plot("series", { of = group.all, probes = "applied", title = "Entries applied by each server" })
sim.plot("series", { of = group.all, probes = "log_entries", title = "Entries in each server's log" })
