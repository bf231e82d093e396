local server = sim.node("server", "models/mine.lua")
