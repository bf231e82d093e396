sim.at("10s", function()
    sim.heal()
end
