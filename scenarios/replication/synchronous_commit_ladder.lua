-- What a commit waits for: the five levels of synchronous_commit, side by side.
--
-- Five primaries, each with a synchronous standby 1 ms away, under the same load. off does not wait for
-- its own disk; local waits for it; remote_write for the standby's operating system; on for the standby's disk;
-- remote_apply until a reader of the standby would see it. Each rung costs what it promises.
local p = sim.params { delay = "1ms", sync = "2ms", rate = "200/s" }
sim.describe "What a commit waits for: the ladder of synchronous_commit"
sim.run_for "20s"

local levels = { "off", "local", "remote_write", "on", "remote_apply" }
for _, level in ipairs(levels) do
  local standby_name = "standby_" .. level
  local primary = sim.node("primary_" .. level, "postgres", {
    synchronous_commit = level,
    synchronous_standby_names = "*",
    disk = { sync = p.sync },
  })
  local standby = sim.node(standby_name, "postgres", {
    upstream = primary,
    application_name = standby_name,
    replay_cost = "200us",
    disk = { sync = p.sync },
  })
  sim.link(primary, standby, { delay = p.delay, bandwidth = "1Gbit/s" })
  sim.workload { name = level, clients = 8, target = primary, rate = p.rate, mix = { update = 1.0 },
                 start = "1s" }
end

sim.plot("ladder", { of = table.concat(levels, ","), title = "Commit latency by synchronous_commit" })
