local primary = sim.node("primary", "postgres")
sim.at("1s", function() primry:crash() end)
