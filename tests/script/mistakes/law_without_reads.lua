sim.law { name = "Nothing", fold = function() return "held" end }
