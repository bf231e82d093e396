local t = {} for i = 1, 1e7 do t = setmetatable({}, { __index = t }) end local x = t.nothing
