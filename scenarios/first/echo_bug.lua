-- A law that is broken on purpose: the server sends back what nobody sent.
sim.describe "Bug: an echo of what was never said"
sim.run_for "5s"
local server = sim.node("server", "echo", { bugs = { "off_by_one" } })
sim.node("client", "echo", { target = server })
sim.demonstrates "Echoes Were Sent"
