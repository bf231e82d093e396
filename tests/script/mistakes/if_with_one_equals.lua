local n = 1
if n = 2 then print(n) end
