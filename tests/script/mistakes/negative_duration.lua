sim.at("-5s", function() print("never") end)
