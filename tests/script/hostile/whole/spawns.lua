sim.at("1s", function() for i = 1, 1e8 do sim.spawn(function() sim.sleep "1h" end) end end)
