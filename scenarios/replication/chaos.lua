-- Everything goes wrong for twenty seconds, then heals: what was promised must hold all the while.
--
-- A primary, two standbys and one behind the first, under load. A storm, drawn from the seed, crashes and
-- kills and pauses them, cuts and slows the network, slows, fills and fails disks, and moves clocks. Then all
-- faults end, and the standbys must catch up. Every law of the model is on. tests/long/ runs this over
-- a thousand seeds; `names` and `level` choose the promise.
local p = sim.params { names = "ANY 1 (near, other)", level = "on", storm = "20s", busy = "400ms" }
sim.describe "Chaos over streaming replication"
sim.run_for "90s"

local disk = { sync = sim.lognormal("1ms", "8ms"), crash = "any", tears = true, keeps_dirty = true }
local primary = sim.node("primary", "postgres", {
  synchronous_commit = p.level, synchronous_standby_names = p.names, disk = disk,
  wal_sender_timeout = "5s",
})
local function standby(name, upstream)
  return sim.node(name, "postgres", {
    upstream = upstream, application_name = name, disk = disk, wal_receiver_timeout = "5s",
    wal_retrieve_retry_interval = "1s", wal_sender_timeout = "5s",
  })
end
local near = standby("near", primary)
local other = standby("other", primary)
local far = standby("far", near)
local all = { primary, near, other, far }
sim.links { delay = sim.lognormal("500us", "3ms"), bandwidth = "1Gbit/s", reset_after = "4s" }
sim.workload { name = "app", clients = 8, target = primary, rate = "100/s", mix = "A", timeout = "2s",
               stop = "80s" }

sim.random_faults()
local rng = sim.rng "storm"
local function some(low, high) return rng:int(low, high) .. "ms" end
local function another(node)
  local peer
  repeat peer = rng:pick(all) until peer ~= node
  return peer
end

-- Each takes a node and does something to it that ends by itself.
local kinds = {
  function(node)
    if not node:up() then return end
    node:crash { power = rng:chance(0.5) }
    node:restart(some(50, 3000))
  end,
  function(node) if node:up() then node:pause(some(10, 3000)) end end,
  function(node) sim.cut(node, another(node), { lasts = some(50, 6000) }) end,
  function(node) sim.cut(node, another(node), { lasts = some(50, 6000), oneway = true }) end,
  function(node) sim.isolate(node, { lasts = some(50, 4000) }) end,
  function(node) sim.loss(node, another(node), rng:int(1, 30) .. "%", { lasts = some(100, 3000) }) end,
  function(node) sim.delay(node, another(node), some(1, 300), { lasts = some(100, 3000) }) end,
  function(node) node:disk_slow(rng:int(2, 30), { lasts = some(100, 3000) }) end,
  function(node) node:disk_stuck { lasts = some(10, 1500) } end,
  function(node) node:slow_cpu(rng:int(5, 60) .. "%", { lasts = some(100, 3000) }) end,
  function(node) node:clock_jump(rng:int(-2000, 2000) .. "ms") end,
  function(node) node:clock_drift(rng:int(-200, 200) .. "ppm", { lasts = some(100, 5000) }) end,
}

sim.spawn(function()
  sim.sleep "2s"
  local ends = sim.now() + p.storm
  while sim.now() < ends do
    rng:pick(kinds)(rng:pick(all))
    sim.sleep(rng:int(1, 2 * p.busy))
  end
  sim.heal()
end)

sim.expect("when all is well again, the standbys have everything", function()
  local lsn = primary:probe "wal_flush_lsn"
  return primary:up() and near:probe "replay_lsn" == lsn and other:probe "replay_lsn" == lsn
     and far:probe "replay_lsn" == lsn
end)
sim.plot("lag", { of = "near,other,far", upstream = "primary,primary,near" })
