-- A leader that dies with gaps behind it: three replicas, of which the leader is cut off for a while, goes on, and loses
-- power before it has sent again what was lost. What the next leader makes of the gaps is what a scenario is about.
--
--   require "paxos_gap" { bugs = { "..." } }     options of the nodes
return function(options)
  options.peers = sim.all
  options.election_timeout, options.election_timeout_max = "600ms", "1200ms"
  options.retransmit, options.reconnect = "300ms", "20ms"
  local nodes = sim.nodes("n", 3, "paxos", options)
  sim.links { delay = "1ms", reset_after = "100ms" }
  local function leader()
    for _, node in ipairs(nodes) do if node:probe "leader" == true then return node end end
  end
  local old, others
  local function propose(count)
    return function() old:command("propose", { count = count, in_flight = 16 }) end
  end
  sim.at("2s", function()
    old, others = leader(), {}
    for _, node in ipairs(nodes) do
      if node ~= old then others[#others + 1] = node end
    end
    propose(20)()
  end)
  sim.at("2990ms", function() sim.cut(old, others, { lasts = "200ms" }) end)
  sim.at("3s", propose(4)) -- these are lost
  sim.when(function() return others and others[1]:probe "gaps" + others[2]:probe "gaps" > 0 end, function() old:crash() end)
  -- As soon as it reaches one of them again, it is asked for something new: the same membership, as its command `propose`
  -- still waits for what is lost.
  sim.every("1ms", function()
    if not old or not old:up() or sim.time() < 3.2 then return end
    for _, peer in ipairs(old:view "peers") do
      if peer.up then old:command("reconfigure", { voters = nodes }) end
    end
  end)
  return nodes
end
