sim.model("m", function() local m = {} function m.start(node) for i = 1, 1e8 do node:write("f", ("x"):rep(1000000), { tag = 1 }) end end return m end) sim.node("a", "m")
