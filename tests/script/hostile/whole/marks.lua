sim.at("1s", function() for i = 1, 1e8 do sim.mark("1s", "2s", "x" .. i) end end)
