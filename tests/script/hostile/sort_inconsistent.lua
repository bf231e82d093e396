local t = {} for i = 1, 1e6 do t[i] = i % 7 end while true do table.sort(t, function() return true end) end
