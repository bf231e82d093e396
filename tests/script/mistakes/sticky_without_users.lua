local p = sim.node("p", "postgres")
local s = sim.node("s", "postgres", { upstream = p })
sim.workload { target = p, read_from = s, rate = "10/s", read_choice = "sticky" }
