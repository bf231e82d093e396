-- A standby of a standby: the primary feeds `near`, and `near` feeds `far`.
--
-- The cascade spares the primary's network and adds a hop. What `far` can have is what `near` has
-- flushed (replayed or not), so when the disk of `near` is slow both are late, though the primary
-- knows only of `near`: pg_stat_replication shows who is connected here, not who is behind those.
-- Cascading replication is asynchronous: no setting of the primary makes a commit wait for `far`.
local p = sim.params { slower = 100 }
sim.describe "Cascading replication: a standby of a standby"
sim.run_for "40s"

local primary = sim.node("primary", "postgres")
local near = sim.node("near", "postgres", { upstream = primary, application_name = "near" })
local far = sim.node("far", "postgres", { upstream = near, application_name = "far" })
sim.link(primary, near, { delay = "500us", bandwidth = "1Gbit/s" })
sim.link(near, far, { delay = "40ms", bandwidth = "100Mbit/s" })
sim.workload {
  name = "app", target = primary,
  clients = 16, rate = "300/s", mix = { read = 0.5, update = 0.5 },
}

sim.at("15s", function() near:disk_slow(p.slower, { lasts = "5s" }) end)

local function age(standby) return standby:view("recovery")[1].replay_lag or 0 end
sim.expect("far is always behind near", function()
  return far:probe("replay_lsn") <= near:probe("receive_lsn")
end, { always = true, from = "1s" })
sim.expect("usually by the network between them", function()
  return age(far) > age(near) and age(far) < sim.duration "150ms"
end, { at = "14s" })
sim.expect("far feels the slow disk of near", function() return age(far) > sim.duration "200ms" end,
  { from = "15s", by = "21s" })
sim.expect("the primary sees one standby, near", function()
  local rows = primary:view("pg_stat_replication")
  return #rows == 1 and rows[1].application_name == "near"
end)
sim.expect("and near sees far", function()
  local rows = near:view("pg_stat_replication")
  return #rows == 1 and rows[1].application_name == "far" and rows[1].state == "streaming"
end)
sim.expect("in the end both have almost everything", function()
  local behind = primary:probe("wal_insert_lsn") - far:probe("replay_lsn")
  return behind < sim.bytes "50kB", behind .. " bytes behind"
end)

sim.plot("lag", { of = { near, far }, upstream = { primary, near } })
