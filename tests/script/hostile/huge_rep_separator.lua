local s = (""):rep(1 << 30, "xxxxxxxx")
