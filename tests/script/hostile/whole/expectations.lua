for i = 1, 1e8 do sim.expect("x" .. i, function() return true end) end
