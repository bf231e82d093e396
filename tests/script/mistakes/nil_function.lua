sim.at("1s", function()
    local recover
    recover("now")
end)
