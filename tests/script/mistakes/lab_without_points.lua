sim.lab { hand_in = "ping.lua" }
