local t = {} for i = 1, 2e6 do t[i] = ("x"):rep(1000) end local s = table.concat(t)
