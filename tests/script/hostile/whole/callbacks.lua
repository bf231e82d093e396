sim.at("1s", function() for i = 1, 1e8 do sim.after("1h", function() end) end end)
