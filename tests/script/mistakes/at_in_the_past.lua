sim.at("5s", function()
    sim.at("2s", function() end)
end)
