-- What a commit waits for: the five levels of synchronous_commit, side by side.
--
-- Five primaries under the same load, each with one synchronous standby 1 ms away (2 ms there and
-- back), all disks with an fsync of 2 ms. What a commit waits for, and so what survives:
--   off           nothing: a crash of the primary may lose the last moments
--   local         its own disk: a crash loses nothing, the loss of the primary may
--   remote_write  and the standby's operating system: lost if both machines lose power
--   on            and the standby's disk: lost only if both disks are
--   remote_apply  and the standby's replay: a reader of the standby sees it by then
-- Each rung costs what it promises: from off to local an fsync, to remote_write a round trip, to on
-- the standby's fsync, to remote_apply what the standby takes to replay what came with it.
local p = sim.params { delay = "1ms", sync = "2ms", replay = "500us", rate = "200/s" }
sim.describe "What a commit waits for: the ladder of synchronous_commit"
sim.run_for "20s"

local levels = { "off", "local", "remote_write", "on", "remote_apply" }
local waited = {} -- of each level, what its commits waited for
for _, level in ipairs(levels) do
  local primary = sim.node("primary_" .. level, "postgres", {
    synchronous_commit = level,
    synchronous_standby_names = "*",
    disk = { sync = p.sync },
  })
  local standby = sim.node("standby_" .. level, "postgres", {
    upstream = primary,
    application_name = "standby_" .. level,
    replay_cost = p.replay,
    disk = { sync = p.sync },
  })
  sim.link(primary, standby, { delay = p.delay, bandwidth = "1Gbit/s" })
  local app = sim.workload {
    name = level, target = primary,
    clients = 8, rate = p.rate, mix = { update = 1.0 },
  }

  -- The latency of the last commit, looked at ten times a second.
  local samples = {}
  waited[level] = samples
  sim.every("100ms", function()
    if sim.time() > 1 then samples[#samples + 1] = app:probe("latency") end
  end)
end

local function median(level)
  local sorted = table.move(waited[level], 1, #waited[level], 1, {})
  table.sort(sorted)
  return sorted[(#sorted + 1) // 2]
end

-- What each step up must cost at least: half of what it is made of, as commits share an fsync.
local steps = { p.sync / 2, p.delay, p.sync / 2, p.replay / 2 }
for i, least in ipairs(steps) do
  local lower, upper = levels[i], levels[i + 1]
  sim.expect(upper .. " costs more than " .. lower, function()
    local more = median(upper) - median(lower)
    return more >= least, sim.format_ns(more) .. " more, expected " .. sim.format_ns(least // 1)
  end)
end

sim.plot("ladder", { of = table.concat(levels, ","), title = "Commit latency by synchronous_commit" })
