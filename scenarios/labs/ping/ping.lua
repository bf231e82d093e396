-- Lab 1: this file is yours. README.md beside it says what it has to do.
--
-- One model, two roles: node.knobs.role is "sender" or "receiver". As it stands it sends each ping once and
-- hopes for the best. Run it, and see which laws break:
--
--   ./orrery run scenarios/labs/ping/lab_ping.lua
local ping = {
  knobs = { role = { choices = "sender|receiver", usual = "sender" }, peer = "", app = "" },
}

-- At power on. What you keep in `node` is your state.
function ping.start(node)
  node.unacknowledged = {}
end

-- The sender: its app wants number to arrive at the other side.
-- The receiver: number has come over the network, perhaps not for the first time.
function ping.on_ping(node, from, number)
  if node.knobs.role == "sender" then
    node:send(node.knobs.peer, "ping", number)
  else
    node:note("ping {} came from {node} -> handed on", number, from)
    node:send(node.knobs.app, "arrived", number)
  end
end

-- The sender: the other side says that number has arrived. (Nobody sends this yet.)
function ping.on_ack(node, _, number)
  node:send(node.knobs.app, "done", number)
end

-- A timer that you armed with node:after("name", "100ms") has come.
function ping.on_timer(node, timer)
end

return ping
