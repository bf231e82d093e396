-- Users who read from standbys: what they see, and what the known remedies cost.
--
-- Six clusters under the same load, each a primary and two standbys, one 5 ms away and one 40 ms. Usually
-- they are as far behind; from 20 s to 25 s a job writes more than replay can take, and they are more than a second. Users write to the primary and read from the
-- standbys, now one, now the other. Two things go wrong: a user saves a form, loads the page, and does not see
-- it (read your writes); a user reloads the page and sees an older one (monotonic reads). The remedies:
--   none      each read goes to any standby
--   sticky    a user keeps to one standby: it does not go back in time, but shows one's own writes as late
--   pinned    a user reads from the primary for 300 ms after a write: a guess of how far standbys are behind.
--             When they are further behind, it is a wrong guess (at the end of the job, here)
--   wait      a read says which position (LSN) its user has seen, and the standby waits until it has
--             replayed it: no violation; the wait is what the standby is behind
--   apply     synchronous_commit = remote_apply on both standbys: the writers wait, and have no violation. A
--             reader may still see a commit on the standby that has applied it first, and then not on the other
--   primary   all reads go to the primary: the standbys are for nothing
-- `./orrery check session out/read_your_writes/1/history.jsonl` judges the same history, and names the
-- operations. Users of different clusters use the same keys: it tells them apart by their client.
local p = sim.params { pin = "300ms", replay = "1200us" }
sim.describe "Users who read from standbys: violations and latency by remedy"
sim.run_for "40s"

local remedies = {
  { name = "none", knobs = { read_choice = "spread" } },
  { name = "sticky", knobs = { read_choice = "sticky" } },
  { name = "pinned", knobs = { read_choice = "spread", read_primary_after_write = p.pin } },
  { name = "wait", knobs = { read_choice = "spread", wait_for_version = true } },
  { name = "apply", knobs = { read_choice = "spread" }, level = "remote_apply" },
  { name = "primary", knobs = {} },
}
local clients = {}
for _, remedy in ipairs(remedies) do
  local primary = sim.node(remedy.name .. "_primary", "postgres", {
    synchronous_commit = remedy.level or "on",
    synchronous_standby_names = remedy.level and "FIRST 2 (one, two)" or "",
  })
  local standbys = {}
  for place, delay in pairs { one = "5ms", two = sim.lognormal("40ms", "80ms") } do
    local standby = sim.node(remedy.name .. "_" .. place, "postgres", {
      upstream = primary, application_name = place, replay_cost = p.replay,
    })
    sim.link(primary, standby, { delay = delay, bandwidth = "1Gbit/s" })
    standbys[#standbys + 1] = standby
  end
  local knobs = {
    name = remedy.name, target = primary, clients = 10, think = "3ms", keys = 100,
    mix = { read = 0.9, update = 0.1 }, start = "1s",
  }
  for knob, value in pairs(remedy.knobs) do knobs[knob] = value end
  if remedy.name ~= "primary" then knobs.read_from = standbys end
  clients[remedy.name] = sim.workload(knobs)
  -- From 20 s to 25 s a job writes as well, and replay falls behind.
  sim.workload {
    name = remedy.name .. "_job", target = primary, clients = 40, rate = "500/s", mix = { update = 1.0 },
    keys = 100, start = "20s", stop = "25s",
  }
end

local function unread(name) return clients[name]:probe "unread_writes" end
local function backward(name) return clients[name]:probe "backward_reads" end
sim.expect("without a remedy users miss their own writes, and go back in time", function()
  return unread "none" > 100 and backward "none" > 30, unread "none" .. " and " .. backward "none"
end)
sim.expect("who keeps to one standby does not go back in time, and misses own writes as before", function()
  return backward "sticky" == 0 and unread "sticky" > 100, backward "sticky" .. " and " .. unread "sticky"
end)
sim.expect("a pin that is long enough usually is not long enough always", function()
  return unread "pinned" > 0 and unread "pinned" < unread "none" / 3, unread "pinned" .. " of " .. unread "none"
end)
for _, name in ipairs { "wait", "primary" } do
  sim.expect(name .. " lets no violation pass", function()
    return unread(name) == 0 and backward(name) == 0
  end)
end
sim.expect("apply shows users their own writes; others' may be seen on one standby and not yet on the other", function()
  return unread "apply" == 0 and backward "apply" < backward "none" / 3
end)

sim.plot("remedies", { of = "none,sticky,pinned,wait,apply,primary" })
