-- Users as coroutines: three of them read and write a register over a network that loses a tenth of the messages. Look
-- at history.jsonl in the run's folder: each operation has its invoke and its end: ok, fail (refused: it did not happen)
-- or info (no answer came: nobody knows). `--set bug=true` makes the register store other numbers: a law breaks. At the
-- end the history is judged: could one copy, doing one thing after another, have answered like this?
local p = sim.params { loss = "10%", bug = false, users = 3 }
sim.describe "Users read and write a register, and some answers are lost"
sim.run_for "20s"

local server = sim.node("server", "register_server.lua", { bugs = p.bug and { "adds" } or nil })
sim.node("users", "users.lua", { server = server, clients = p.users })
sim.links { delay = sim.exponential "1ms", loss = p.loss }

sim.check "register"
