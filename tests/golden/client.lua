-- Two users of a database that goes away and comes again: what succeeds, what fails, what nobody knows.
sim.describe "Users of a database that is away for a while"
sim.run_for "600ms"
sim.links { delay = "1ms" }
local db = sim.node("db", "postgres", {})
sim.workload { name = "app", clients = 2, target = db, rate = "40/s", mix = "A", timeout = "100ms" }
sim.at("200ms", function() db:crash() end)
sim.at("400ms", function() db:restart() end)
sim.expect("the database is up", function() return db:view("recovery") ~= nil end)
