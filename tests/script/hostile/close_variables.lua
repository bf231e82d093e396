while true do local x <close> = setmetatable({}, { __close = function() error("close") end }) end
