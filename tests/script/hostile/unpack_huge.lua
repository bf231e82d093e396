local t = {} local x = { table.unpack(t, 1, 1e8) }
