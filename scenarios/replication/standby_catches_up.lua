-- A standby is cut off for twenty seconds, and catches up.
--
-- The cut outlasts the connection: both ends give it up. The walreceiver tries again every
-- wal_retrieve_retry_interval, and when the network is back a new walsender shows in
-- pg_stat_replication: `startup` for the moment until the standby has asked for WAL from where its
-- own ends, `catchup` while it is sent what it missed, as fast as the network takes it, `streaming`
-- once there is nothing more to send. The primary still had that WAL, as no checkpoint let a
-- segment go. The story tells each state: look for "-> startup".
local p = sim.params { away = "20s", bandwidth = "20Mbit/s" }
sim.describe "A standby is cut off, and catches up"
sim.run_for "60s"

local primary = sim.node("primary", "postgres", { tcp_send_buffer = "256kB" })
local standby = sim.node("standby", "postgres", { upstream = primary })
sim.link(primary, standby, {
  delay = sim.lognormal("500us", "2ms"), bandwidth = p.bandwidth, reset_after = "5s",
})
sim.workload {
  name = "app", target = primary,
  clients = 16, rate = "500/s", mix = { read = 0.5, update = 0.5 }, value = "1kB",
}

sim.at("10s", function() sim.cut(primary, standby, { lasts = p.away }) end)

local function state()
  local row = primary:view("pg_stat_replication")[1]
  return row and row.state or "not connected"
end
-- Each state that it is in after the cut, in order; the time in catchup is shaded.
local states, since = {}, nil
local function follow()
  local now = state()
  sim.when(function() return state() ~= now end, function()
    if now == "catchup" then sim.mark(since, sim.now(), "catchup") end
    since = sim.now()
    states[#states + 1] = state()
    follow()
  end)
end
sim.at("10s", follow)

sim.expect("the connection is given up; then startup, catchup, streaming", function()
  local found = table.concat(states, ", ")
  return found == "not connected, startup, catchup, streaming", "found " .. found
end)
sim.expect("it is back within a retry interval", function() return state() ~= "not connected" end,
  { from = "30s", by = "36s" })
sim.expect("then it streams", function() return state() == "streaming", state() end,
  { from = "31s", by = "45s" })
sim.expect("and in the end it has everything", function()
  local row = primary:view("pg_stat_replication")[1]
  local behind = row.send_lag_bytes + row.replay_lag_bytes
  return behind < sim.bytes "100kB", behind .. " bytes behind"
end)

sim.plot("lag", { of = standby, upstream = primary })
