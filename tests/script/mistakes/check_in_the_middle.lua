sim.run_for "1s"
sim.at("0.5s", function() sim.check "register" end)
