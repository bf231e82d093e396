local a = sim.node("a", "echo")
sim.expect("none is missing", function() return a:probe("mising") == 0 end)
