-- Everything goes wrong for twenty seconds, and then nothing more: five servers, every law on.
--
-- Crashes that tear what was not synced, kills, pauses, cuts of all shapes, lossy and slow networks, slow disks,
-- clocks that drift and jump. A client asks until it is answered, with the same number each time, so a command
-- may come to three leaders and be in the log twice. When the storm is over a leader must be there, all five must
-- come to the same end of the log, and clients must be answered again.
local p = sim.params { servers = 5, storm = "20s", rate = "2/s", reads = "read_index", pre_vote = true,
  check_quorum = true, back_off = "hint", snapshot_entries = 300, retry = "400ms", transport = "stream", follower_reads = false }
sim.describe "Raft in a storm: every law on, five servers"
sim.run_for(2 * 1000000000 + p.storm + 12 * 1000000000)

local disk = { sync = sim.lognormal("1ms", "6ms"), crash = "any", tears = true }
local servers = sim.nodes("n", p.servers, "raft", { peers = sim.all, disk = disk, reads = p.reads, transport = p.transport, follower_reads = p.follower_reads,
  pre_vote = p.pre_vote, check_quorum = p.check_quorum, back_off = p.back_off, snapshot_chunk = 600,
  snapshot_entries = p.snapshot_entries, snapshot_trailing = 30 })
sim.links { delay = sim.lognormal("500us", "3ms"), reset_after = "2s" }
local others = {}
for i = 2, #servers do others[#others + 1] = servers[i] end
local app = sim.workload { name = "app", clients = 4, target = servers[1], others = others, mix = "custom", read = 0.4,
  update = 0.3, read_modify_write = 0.3, keys = 5, distribution = "uniform", think = "5ms", retry = p.retry,
  timeout = "6s" }

local function leaders()
  local found = {}
  for _, n in ipairs(servers) do if n:up() and n:probe "leader" then found[#found + 1] = n end end
  return found
end

sim.chaos { from = "2s", to = 2 * 1000000000 + p.storm, rate = p.rate, down_max = 4, kinds = {
  "crash", "crash", "kill", "pause", "slow_cpu", "cut", "cut_one_way", "flap", "isolate", "partition", "loss", "duplicate", "reorder", "corrupt",
  "delay", "congest", "disk_slow", "disk_stuck", "clock_jump", "clock_drift", "clock_freeze",
} }

local before
sim.at(2 * 1000000000 + p.storm + 8 * 1000000000, function() before = app:probe "done" end)
sim.expect("clients are answered again", function() return app:probe "done" > before + 100 end)
sim.expect("one leads when it is over", function() return #leaders() == 1, #leaders() .. " lead" end)
sim.expect("all have applied the same", function()
  local low, high = math.maxinteger, 0
  for _, n in ipairs(servers) do
    if not n:up() then return false, n.name .. " is down" end
    local applied = n:probe "applied"
    low, high = math.min(low, applied), math.max(high, applied)
  end
  return high - low < 200, "from " .. low .. " to " .. high
end)
