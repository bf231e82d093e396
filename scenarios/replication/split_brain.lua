-- Split brain: a standby is promoted, and nobody has stopped the old primary.
--
-- At 10 s the link between the two data centres fails. Half of the users reach the primary, half the standby. At 15 s
-- an operator who sees only one side promotes the standby, and does not make sure that the old primary is
-- dead (fencing; "shoot the other node in the head"). Both take writes, on two timelines, and both
-- acknowledge them. At 25 s the link is back. The old primary is stopped, too late, and started as a
-- standby: it has WAL that is not in the new one's history, and is refused:
--   requested starting point ... is not in this server's history
-- At 32 s pg_rewind makes it follow: every commit that it had acknowledged since the cut is thrown away.
-- The law One Writer is broken from 15 s on; with --set fence=true the operator stops the old primary
-- first, it holds, and this scenario, which wants it broken, fails.
local p = sim.params { fence = false, rate = "200/s" }
sim.describe "Split brain: two primaries, and what it costs to have one again"
sim.run_for "60s"

local east = sim.node("east", "postgres", { wal_keep_size = "1GiB" })
local west = sim.node("west", "postgres", { upstream = east, application_name = "west", wal_keep_size = "1GiB" })
local users_east = sim.workload {
  name = "users_east", targets = { east, west }, clients = 16, rate = p.rate, mix = "A", timeout = "2s",
}
local users_west = sim.workload {
  name = "users_west", targets = { west, east }, clients = 16, rate = p.rate, mix = "A", timeout = "2s",
}
sim.links { delay = "5ms", bandwidth = "1Gbit/s" }
sim.link(users_east, east, { delay = "500us" })

local parted, old_log, too_late, undone = nil, nil, 0, 0
sim.law {
  name = "Lost Commits Are Counted",
  says = "a count, which no run breaks: commits acknowledged on the old timeline, behind the point where it was left",
  reads = { "commit_acked", "promoted", "rewound" },
  fold = function(_, fact)
    if fact.name == "promoted" then
      parted, old_log = fact.a, fact.group
    elseif fact.name == "rewound" then
      undone = fact.b - fact.a
    elseif old_log == fact.group and fact.a > parted then
      too_late = too_late + 1
    end
    return "held"
  end,
}

sim.at("10s", function()
  sim.cut(east, west, { lasts = "15s" })
  sim.cut(east, users_west, { lasts = "15s" })
end)
sim.at("14s", function() if p.fence then east:command("stop", {}) end end)
sim.at("15s", function() west:command("promote", {}) end)
sim.mark("15s", "25s", "two primaries")
sim.at("25500ms", function()
  east:command("stop", {}, function() east:command("start", { upstream = west }) end)
end)
local refused
sim.at("31s", function() refused = #west:view("pg_stat_replication") == 0 end)
sim.at("32s", function()
  east:command("stop", {}, function()
    east:command("rewind", { source = west }, function(done, why)
      print("pg_rewind: " .. (done or why))
      east:command("start", { upstream = west })
    end)
  end)
end)

sim.expect("the old primary cannot follow as it is", function() return refused end)
sim.expect("pg_rewind makes it a standby of the new one", function()
  local row = west:view("pg_stat_replication")[1]
  return row ~= nil and row.state == "streaming" and row.replay_lag_bytes < sim.bytes "200kB"
end)
sim.expect("hundreds of commits that users were told of are gone", function()
  sim.result("commits lost", "acknowledged by the old primary after the promotion", too_late)
  sim.result("WAL undone by pg_rewind [bytes]", "east", undone)
  return too_late > 300 and undone > 0, too_late .. " commits"
end)
sim.demonstrates("One Writer", { go_on = true })
sim.plot("series", {
  of = { east, west }, probes = "commits", title = "Commits: acknowledged by a primary, replayed by a standby",
})
