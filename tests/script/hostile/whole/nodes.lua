for i = 1, 1e7 do sim.node("n" .. i, "echo") end
