local t = { a = 1 } for k in pairs(t) do t[k .. "x"] = 1 end while true do for k in pairs(t) do t[k .. "y"] = 1 end end
