-- Three nodes watch each other. One crashes at 3 s and is back at 6 s.
local p = sim.params { patience = "350ms", loss = "0%" }
sim.describe "A failure detector: who is suspected, and when"
sim.run_for "10s"

local nodes = sim.nodes("n", 3, "detector", { peers = sim.others, patience = p.patience })
sim.links { delay = sim.lognormal("2ms", "20ms"), loss = p.loss }

sim.at("3s", function() nodes[3]:crash() end)
sim.at("6s", function() nodes[3]:restart() end)

sim.expect("the crash is noticed within a second", function()
  return nodes[1]:probe "suspects" == 1 and nodes[2]:probe "suspects" == 1
end, { at = "4s" })
sim.expect("once it is back, nobody is suspected", function()
  return nodes[1]:probe "suspects" == 0 and nodes[2]:probe "suspects" == 0
end, { always = true, from = "8500ms" })
sim.plot("series", { of = nodes[1], probes = "suspects", title = "Whom n1 suspects" })
