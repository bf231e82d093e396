local server = sim.node("server", "echo")
sim.at("1s", function()
    server.start_again()
end)
