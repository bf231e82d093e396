sim.model("m", function() local m = {} function m.start(node) for i = 1, 1e8 do node:work("l" .. i, "1h", { tag = 1 }) end end return m end) sim.node("a", "m")
