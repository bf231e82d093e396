sim.node("server", "echo")
sim.node("client", "echo", { target = "server" })
sim.law { name = "Odd", reads = "sent", fold = function() return "yes" end }
