local server = sim.node("server", "echo")
local client = sim.node("client", "echo", {
    target = server,
    intervall = "10ms",
})
