-- What a failover loses, by synchronous_commit.
--
-- Five clusters under the same load: a primary and a standby 2 ms away. At 9.5 s the standby's link is cut for
-- good, at 10 s the primary's machine burns down, disk and all, and at 12 s the standby is promoted. What had
-- been acknowledged and is not on the standby is lost:
--   off, local    all of the last half second, and what was on its way before: the primary went on alone
--   remote_write  nothing: from the cut on commits waited. But a standby that had lost power as well would have
--   on            lost what it had only written; at `on` it had flushed it;
--   remote_apply  at remote_apply even replayed it
-- From the cut on the writers of the last three waited: their operations of that half second have an unknown
-- outcome, which is not "lost". It is the price: the standby's failure stops the primary.
local p = sim.params { cut = "9500ms", rate = "500/s" }
sim.describe "What a failover loses, by synchronous_commit"
sim.run_for "20s"

local levels = { "off", "local", "remote_write", "on", "remote_apply" }
local lost = require "lost_commits" ()
local apps = {}
for _, level in ipairs(levels) do
  local primary = sim.node("primary_" .. level, "postgres", {
    synchronous_commit = level, synchronous_standby_names = "*",
  })
  local standby = sim.node("standby_" .. level, "postgres", { upstream = primary, application_name = "standby" })
  sim.link(primary, standby, { delay = "2ms", bandwidth = "1Gbit/s" })
  apps[level] = sim.workload {
    name = "app_" .. level, targets = { primary, standby }, clients = 32, rate = p.rate, mix = { update = 1.0 },
    timeout = "2s",
  }
  sim.at(p.cut, function() sim.cut(primary, standby) end)
  sim.at("10s", function()
    primary:crash()
    primary:lose_disk()
  end)
  sim.at("12s", function() standby:command("promote", {}) end)
end

local function lost_at(level) return lost.by["standby_" .. level] or -1 end
sim.expect("off and local lose what was acknowledged from the cut on", function()
  for _, level in ipairs(levels) do
    sim.result("lost commits", level, lost_at(level))
    sim.result("operations of unknown outcome", level, apps[level]:probe "unknown")
  end
  return lost_at "off" > 150 and lost_at "local" > 150, lost_at "off" .. " and " .. lost_at "local"
end)
sim.expect("the synchronous levels lose nothing", function()
  return lost_at "remote_write" == 0 and lost_at "on" == 0 and lost_at "remote_apply" == 0
end)
sim.plot("results", { y = "operations", title = "Acknowledged and lost, and of unknown outcome" })
