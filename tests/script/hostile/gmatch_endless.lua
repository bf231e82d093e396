for _ in string.gmatch(("a"):rep(1 << 22), "a-()") do string.rep("x", 1000) end while true do end
