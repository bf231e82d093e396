-- A scenario drawn from the seed: hosts, nodes of every model and some in Lua, links, faults written down and a storm
-- of them, workloads, callbacks that look and act. It promises nothing; what counts is that every process, compiler
-- and number of observers sees the same. tests/random/random.sh runs it.
sim.describe "Whatever the seed makes of it"
local rng = sim.rng "scenario"
local function ms(low, high) return rng:int(low, high) * 1000000 end
local function some(list) return rng:pick(list) end

local run_ms = rng:int(500, 2500)
sim.run_for(run_ms * 1000000)

-- hosts and databases
local disks = {
  {}, { sync = "3ms" }, { crash = "all" }, { crash = "prefix", tears = true }, { crash = "any" }, { keeps_dirty = true },
  { write = sim.uniform("10us", "1ms"), sync = sim.exponential "2ms", bandwidth = "20MB/s" },
}
local clocks = { {}, { offset = "-3ms", drift = "50ppm" }, { offset = "1s", error = "5ms", error_growth = "200ppm" } }
local function host(name)
  return sim.host { name = name, cores = rng:int(0, 4), disk = some(disks), clock = some(clocks), region = some { "east", "west" } }
end
local all = {}
local function add(node) all[#all + 1] = node return node end

local levels = { "off", "local", "remote_write", "on", "remote_apply" }
local archive = rng:chance(0.5) and add(sim.node("archive", "wal_archive", { host = host "ha", latency = ms(0, 50) })) or nil
-- operators, by a stream of their own; one change of roles at most, and the old primary is fenced off: it comes up stopped
local hands = sim.rng "operators"
local switches, switched = hands:chance(0.4), false
local primary = add(sim.node("p", "postgres", { host = host "hp", synchronous_commit = some(levels), managed = switches,
  archive = archive, archive_timeout = archive and ms(200, 2000) or nil,
  synchronous_standby_names = rng:chance(0.5) and "ANY 1 (s1, s2)" or nil }))
local databases = { primary }
for i = 1, rng:int(1, 3) do
  databases[#databases + 1] = add(sim.node("s" .. i, "postgres", { host = host("hs" .. i), upstream = some(databases), archive = archive }))
end
if rng:chance(0.7) then
  local server = add(sim.node("server", "echo", rng:chance(0.5) and { host = host "he" } or {}))
  add(sim.node("client", rng:chance(0.5) and "echo" or "echo.lua", { target = server, interval = ms(1, 200) }))
end
if rng:chance(0.7) then
  local keeper = add(sim.node("keeper", "keeper.lua", { host = host "hk" }))
  for i = 1, rng:int(1, 3) do
    add(sim.node("asker" .. i, "asker.lua", { server = keeper, clients = rng:int(1, 4), think = ms(1, 100) }))
  end
end
-- whose users are drawn by a stream of their own, so that all else of a seed is as it was
local draws = sim.rng "sessions"
local replicas = draws:chance(0.5) and draws:shuffle(databases) or {}
for i = #replicas, 2, -1 do
  if draws:chance(0.3) then replicas[i] = nil else break end
end
local known = draws:chance(0.7)
local function if_known(usual, list) return known and draws:pick(list) or usual end
sim.workload { name = "app", targets = databases, clients = rng:int(1, 20), mix = some { "A", "B", "C", "D", "E", "F" },
  rate = rng:chance(0.5) and some { "20/s", "300/s", "1000/s" } or nil, think = ms(0, 50), keys = rng:int(1, 1000),
  distribution = some { "by_mix", "uniform", "zipfian", "sequential", "latest", "hotspot" }, timeout = ms(20, 2000),
  users = if_known(0, { 1, 5, 40 }), read_from = replicas,
  read_choice = if_known("spread", { "spread", "sticky", "round_robin" }),
  read_primary_after_write = if_known("0ms", { "0ms", "30ms", "1s" }), wait_for_version = if_known(false, { false, true }) }

-- a group that agrees, by a stream of its own
local council = sim.rng "council"
local members = {}
if council:chance(0.6) then
  local entries = council:pick { 0, 20, 200 }
  members = sim.nodes("c", council:int(1, 5), "raft", { peers = sim.all, disk = council:pick(disks),
    reads = council:pick { "read_index", "lease", "log", "local" }, follower_reads = council:chance(0.3),
    transport = council:pick { "stream", "datagram" }, back_off = council:pick { "hint", "one" },
    pre_vote = council:chance(0.5), check_quorum = council:chance(0.5), batch = council:pick { 1, 3, 1000 },
    pipeline = council:pick { 1, 2, 64 }, snapshot_entries = entries, snapshot_trailing = entries // 4,
    snapshot_chunk = council:pick { 100, 65536 }, sessions_max = council:pick { 2, 10000 } })
  for _, member in ipairs(members) do add(member) end
  sim.workload { name = "petitioners", targets = members, clients = council:int(1, 10), mix = council:pick { "A", "D", "E", "F" },
    think = council:int(0, 30) * 1000000, keys = 20, timeout = "1s", retry = council:pick { "0ms", "50ms", "300ms" },
    read_from = council:chance(0.3) and members or nil }
  for _ = 1, council:int(0, 8) do
    local member, whom = council:pick(members), council:pick(members)
    local what, args = table.unpack(council:pick { { "campaign" }, { "transfer", { to = whom } }, { "remove", { node = whom } },
      { "add", { node = whom, learner = council:chance(0.5) } }, { "promote", { node = whom } }, { "snapshot" },
      { "reconfigure", { voters = { whom } } }, { "propose", { count = 50, in_flight = 7 } } })
    sim.at(council:int(200, run_ms) * 1000000, function() member:command(what, args) end)
  end
end

-- a synod: acceptors with two spares, and one decree among some; by a stream of its own
local synod = sim.rng "synod"
if synod:chance(0.6) then
  local count, alpha = synod:int(1, 5), synod:pick { 1, 3, 32 }
  local quorums = synod:pick { { 0, 0 }, { 0, 0 }, { count, 1 }, { (count + 2) // 2, count // 2 + 1 } }
  local options = { peers = sim.all, disk = synod:pick(disks), reads = synod:pick { "log", "lease", "local" },
    q1 = quorums[1], q2 = quorums[2], alpha = alpha, window = synod:int(1, alpha), batch = synod:pick { 1, 3, 1000 },
    retransmit = synod:pick { "1ms", "50ms", "400ms" }, snapshot_entries = synod:pick { 0, 20, 200 },
    snapshot_chunk = synod:pick { 100, 65536 }, segment_bytes = synod:pick { 256, 1048576 },
    sessions_max = synod:pick { 2, 10000 } }
  local acceptors = sim.nodes("x", count, "paxos", options)
  options.peers = table.move(acceptors, 1, count, 1, {})
  for i = 1, synod:int(0, 2) do acceptors[#acceptors + 1] = sim.node("spare" .. i, "paxos", options) end
  for _, acceptor in ipairs(acceptors) do add(acceptor) end
  sim.workload { name = "legislators", targets = acceptors, clients = synod:int(1, 10), mix = synod:pick { "A", "D", "E", "F" },
    think = synod:int(0, 30) * 1000000, keys = 20, timeout = "1s", retry = synod:pick { "0ms", "50ms", "300ms" },
    read_from = synod:chance(0.3) and acceptors or nil }
  for _ = 1, synod:int(0, 8) do
    local voters = {}
    for _, acceptor in ipairs(acceptors) do if #voters == 0 or synod:chance(0.6) then voters[#voters + 1] = acceptor end end
    local acceptor = synod:pick(acceptors)
    local what, args = table.unpack(synod:pick { { "campaign" }, { "snapshot" }, { "reconfigure", { voters = voters } },
      { "reconfigure", { voters = voters } }, { "propose", { count = 50, in_flight = 7 } } })
    sim.at(synod:int(200, run_ms) * 1000000, function() acceptor:command(what, args) end)
  end
end
if synod:chance(0.3) then
  local priests = sim.nodes("d", synod:int(1, 5), "paxos_decree", { peers = sim.all, group = 2, disk = synod:pick(disks),
    distinguished = synod:pick { "none", "lowest_alive" }, exponential = synod:chance(0.8), retry_min = synod:pick { "1ms", "30ms" },
    timeout = synod:pick { "20ms", "500ms" }, process = synod:pick { "0ns", "1ms" } })
  for value, priest in ipairs(priests) do
    add(priest)
    sim.at(synod:int(0, run_ms) * 1000000, function() priest:command("propose", { value = value }) end)
  end
end

-- the network
local delays = { "0ns", "200us", sim.exponential "1ms", sim.normal("2ms", "1ms"), sim.lognormal("1ms", "20ms"),
  sim.pareto("500us", 1.5), sim.uniform("1us", "5ms"), sim.mixture { { 0.9, "1ms" }, { 0.1, "30ms" } } }
sim.links { delay = some(delays), loss = some { "0%", "0%", "2%", "20%" }, duplicate = some { "0%", "5%" },
  reorder = some { "0%", "10%" }, bandwidth = some { "1GB/s", "1MB/s" }, reset_after = ms(200, 5000) }
if rng:chance(0.5) then sim.regions("east", "west", { delay = sim.uniform("20ms", "40ms") }) end
if rng:chance(0.3) then sim.link(some(all), primary, { delay = "7ms", corrupt = "3%" }) end

-- faults that are written down
sim.random_faults()
local function pair()
  local i, j = rng:int(1, #all), rng:int(1, #all - 1)
  return all[i], all[j < i and j or j + 1]
end
local acts = {
  function(lasts) local a, b = pair() sim.cut(a, b, { lasts = lasts, oneway = rng:chance(0.5) }) end,
  function(lasts) sim.isolate(some(all), { lasts = lasts }) end,
  function(lasts) local a, b = pair() sim.loss(a, b, "40%", { lasts = lasts }) end,
  function(lasts) local a, b = pair() sim.delay(a, b, ms(1, 300), { lasts = lasts }) end,
  function(lasts) local a, b = pair() sim.congest(a, b, "20kB/s", { lasts = lasts }) end,
  function(lasts) local a, b = pair() sim.corrupt(a, b, "30%", { lasts = lasts, deliver = rng:chance(0.2) and b:model() == "client" }) end,
  function(lasts)
    local a, b = pair()
    local held = sim.hold(a, b)
    sim.after(lasts, function() held:release(rng:int(1, 5)) held:heal() end)
  end,
  function(lasts) some(all):pause(lasts) end,
  function(lasts) local n = some(all) n:crash() n:restart(lasts) end,
  function(lasts) local n = some(all) n:kill() n:restart(lasts) end,
  function(lasts) some(all):slow_cpu("15%", { lasts = lasts }) end,
  function(lasts) some(databases):disk_slow(20, { lasts = lasts }) end,
  function(lasts) some(databases):disk_stuck { lasts = lasts } end,
  function() some(all):clock_jump(ms(-500, 500)) end,
  function(lasts) some(all):clock_drift("300ppm", { lasts = lasts }) end,
  function(lasts) some(all):clock_freeze { lasts = lasts } end,
}
for _ = 1, rng:int(0, 8) do
  local act, lasts = some(acts), ms(1, 800)
  sim.at(ms(0, run_ms), function() act(lasts) end)
end
if rng:chance(0.5) then
  sim.chaos { from = ms(0, 300), to = run_ms * 900000, rate = some { "1/s", "5/s", "20/s" } }
end

local function hand_ms(least, most) return hands:int(least, most) * 1000000 end
local function any_database() return hands:pick(databases) end
local orders = {
  function(db) db:command("query", { lasts = hand_ms(1, 400), idle = hands:chance(0.3) and hand_ms(1, 300) or 0,
    cursor_page = hands:int(-1, 5), then_table = hands:chance(0.3) and "extra" or "" }) end,
  function(db) db:command("vacuum", {}) end,
  function(db) db:command("alter_table", { lasts = hand_ms(1, 50) }) end,
  function(db) db:command("lock_table", { lasts = hand_ms(1, 300) }) end,
  function(db) db:command("create_table", { name = "extra", rows = hands:int(0, 500) }) end,
  function(db) db:command("transaction", { bytes = 50000, table = "usertable", kind = hands:pick { "insert", "update", "delete" } }) end,
  function(db) db:command("truncate", {}) end,
  function(db) db:command("checkpoint", {}) end,
  function(db) db:command("stop", {}, function() if not switched then db:command("start", {}) end end) end,
  function(db) -- as well as the rest lets it
    if db == primary or not switches or switched then return end
    switched = true
    primary:command("stop", {}, function(_, why)
      if why then return end
      db:command("promote", {}, function(lsn)
        if not lsn then return end
        primary:command("rewind", { source = db }, function() primary:command("start", { upstream = db }) end)
      end)
    end)
  end,
}
for _ = 1, hands:int(0, 8) do
  local order, db = hands:pick(orders), any_database()
  sim.at(hand_ms(50, run_ms), function() order(db) end)
end

if switches then
  sim.every("20ms", function() if not switched and primary:up() then primary:command("start", {}) end end)
end

-- callbacks
local seen = 0
sim.every(ms(5, 200), function()
  seen = seen + (primary:up() and primary:probe "commits" or 0)
  if rng:chance(0.1) then sim.print("seen ", seen) end
end)
sim.when(function() return not primary:up() end, function()
  sim.after("50ms", function() if not primary:up() then primary:restart() end end)
end)
sim.spawn(function()
  while true do
    sim.sleep(ms(10, 400))
    local node = some(all)
    if node:up() then node:describe() end
  end
end)
