sim.at("1s", function() sim.sleep("1s") end)
