local function again() sim.after("0ns", again) end sim.at("1s", again)
