-- Everything goes wrong for twenty seconds, and then the primary is gone for good: what is lost?
--
-- A primary and two standbys under load, in a storm drawn from the seed (crashes, kills, pauses, cuts, slow disks
-- and networks). At 20 s the primary's machine burns down, disk and all. The storm is over; at 26 s an operator
-- promotes the standby that has received most, and the other follows it. Commits that users were told of and that
-- the new primary does not have are lost, and counted. With `ANY 1 (one, two)` and synchronous_commit on or
-- remote_apply none may be: this is what was promised. With remote_write a standby that loses power loses what
-- it had not flushed. With local and off the storm decides: usually a few, now and then thousands.
-- tests/long/lost_commits.sh runs this over a thousand seeds of each level and plots the counts.
local p = sim.params { level = "on", storm = "18s", rate = "2/s" }
sim.describe "Chaos, then the loss of the primary: what is lost, by synchronous_commit"
sim.run_for "45s"

local disk = { sync = sim.lognormal("1ms", "8ms"), crash = "any", tears = true, keeps_dirty = true }
local function server(name, options)
  options.disk, options.application_name, options.wal_sender_timeout = disk, name, "5s"
  options.wal_receiver_timeout, options.wal_retrieve_retry_interval = "5s", "1s"
  options.synchronous_commit, options.autovacuum_naptime = p.level, "2s"
  options.hot_standby_feedback, options.wal_receiver_status_interval = true, "1s"
  return sim.node(name, "postgres", options)
end
local primary = server("primary", { synchronous_standby_names = "ANY 1 (one, two)" })
local one = server("one", { upstream = primary })
local two = server("two", { upstream = primary })
sim.links { delay = sim.lognormal("500us", "3ms"), bandwidth = "1Gbit/s", reset_after = "4s" }
sim.workload { name = "app", clients = 8, target = primary, rate = "200/s", mix = "A", timeout = "2s", stop = "22s" }

for i, node in ipairs { one, two } do
  sim.every(3 + i .. "s", function()
    if node:up() then node:command("query", { lasts = "3s" }) end
  end)
end

sim.chaos { from = "2s", to = 2 * 1000000000 + p.storm, rate = p.rate, down_max = 4, kinds = {
  "crash", "kill", "pause", "cut", "cut_one_way", "isolate", "loss", "delay", "disk_slow", "slow_cpu",
} }

local lost = require "lost_commits" ()
sim.at("20s", function()
  if primary:up() then primary:crash() end
  primary:lose_disk()
end)
sim.at("26s", function()
  local best, other = one, two
  if two:probe "receive_lsn" > one:probe "receive_lsn" then best, other = two, one end
  best:command("promote", {})
  other:command("follow", { upstream = best })
end)

sim.expect("a standby has taken over", function()
  sim.result("lost commits", p.level, lost.count or -1)
  local function is_primary(node) return not node:view("recovery")[1].pg_is_in_recovery end
  return lost.count ~= nil and (is_primary(one) or is_primary(two))
end)
if p.level == "on" or p.level == "remote_apply" then
  sim.expect("nothing that was promised is lost", function()
    return lost.count == 0, lost.count .. " of " .. lost.told .. " acknowledged commits are lost"
  end)
end
