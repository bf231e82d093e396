-- Two standbys, one with a slow disk, and a primary that crashes under load: the stage on which the bug
-- switches of the postgres model are shown. `primary_bug` and `standby_bug` say who has which; without
-- one, every law holds.
return function(options)
  sim.run_for "20s"
  local primary = sim.node("primary", "postgres", {
    synchronous_standby_names = options.names or "",
    synchronous_commit = options.level or "on",
    bugs = options.primary_bug and { options.primary_bug } or nil,
    disk = options.primary_sync and { sync = options.primary_sync } or nil,
  })
  local quick = sim.node("quick", "postgres", {
    upstream = primary, application_name = "quick", disk = { sync = "1ms", write = options.quick_write },
    bugs = options.standby_bug and { options.standby_bug } or nil,
  })
  local slow = sim.node("slow", "postgres", {
    upstream = primary, application_name = "slow", disk = { sync = "3020ms" },
  })
  sim.link(primary, { quick, slow }, { delay = "500us", bandwidth = "1Gbit/s" })
  sim.workload { name = "app", clients = 16, target = primary, rate = "500/s", mix = "A" }

  for round = 0, 2 do -- in the middle of a large transaction, three times
    local begin = 3000 + 3000 * round
    sim.at(begin .. "ms", function() primary:command("transaction", { bytes = "30MB" }) end)
    sim.at(begin + 20 + 13 * round .. "ms", function() primary:crash() end)
    sim.at(begin + 1000 .. "ms", function() primary:restart() end)
  end
  return primary, quick, slow
end
