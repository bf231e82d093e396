while true do string.gsub(("x"):rep(10000), ".", "%0%0%0%0") end
