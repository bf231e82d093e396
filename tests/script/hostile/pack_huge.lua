while true do string.pack("<s8", ("x"):rep(1e6)) end
