-- What standbys are good for: reads scale with their number, writes do not.
--
-- Six clusters, of one primary and 0 to 5 standbys, each server with 2 cores. As many readers ask the standbys as
-- these can answer (the primary, where there is none), and as many writers write as the primary takes, as
-- there is one leader. Reads grow by a server's worth with each standby, less what replay takes of its
-- cores. Writes gain once, when the readers leave the primary; after that they stay where they are: every
-- standby replays every write, and none takes one over. With --set level=on each commit waits for a standby
-- too. Who has more writes than one machine takes has to split the data (sharding), not copy it.
local p = sim.params { level = "local", readers = 20, writers = 64 }
sim.describe "Read throughput against the number of standbys, and the write ceiling of one leader"
sim.run_for "3s"

local numbers, readers, writers, clients = {}, {}, {}, {}
for count = 0, 5 do
  local primary = sim.node("primary" .. count, "postgres", {
    synchronous_commit = p.level, synchronous_standby_names = count > 0 and p.level ~= "local" and "ANY 1 (*)" or "",
    cores = 2, read_cost = "400us", write_cost = "300us", max_connections = 500,
  })
  local standbys = {}
  for number = 1, count do
    local standby = sim.node("standby" .. count .. number, "postgres", {
      upstream = primary, application_name = "s" .. number, cores = 2, read_cost = "400us", max_connections = 500,
    })
    standbys[#standbys + 1] = standby
  end
  numbers[#numbers + 1] = count
  readers[#readers + 1] = "readers" .. count
  writers[#writers + 1] = "writers" .. count
  clients["readers" .. count] = sim.workload {
    name = "readers" .. count, target = primary, read_from = standbys,
    clients = p.readers * math.max(count, 1),
    mix = "C", keys = 10000, start = "1s",
  }
  clients["writers" .. count] = sim.workload {
    name = "writers" .. count, target = primary, clients = p.writers, mix = { update = 1.0 }, keys = 10000,
    start = "1s",
  }
end
sim.links { delay = "200us", bandwidth = "10Gbit/s" }

local function rate(kind, count) return clients[kind .. count]:probe("done") / 2 end
sim.expect("five standbys answer more than four times as many reads as one", function()
  return rate("readers", 5) > 4 * rate("readers", 1), rate("readers", 5) .. " and " .. rate("readers", 1) .. " a second"
end)
sim.expect("and no more writes", function()
  return rate("writers", 5) < 1.1 * rate("writers", 1), rate("writers", 5) .. " and " .. rate("writers", 1) .. " a second"
end)

sim.plot("scaling", { at = numbers, reads = readers, writes = writers, per_second = 2, of_what = "standbys" })
