sim.model("m", function() local m = {} function m.start(node) node:after("t", "0ns") end function m.on_timer(node) node:after("t", "0ns") end return m end) sim.node("a", "m") 
