sim.model("m", function() local m = {} function m.start(node) for i = 1, 1e8 do node:invoke("f", i) end end return m end) sim.node("a", "m")
