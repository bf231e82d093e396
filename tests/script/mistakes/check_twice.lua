sim.check "register"
sim.check("register", { demonstrates = true })
