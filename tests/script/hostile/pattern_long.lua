string.find(("a"):rep(1 << 20), (".-"):rep(1000) .. "b")
