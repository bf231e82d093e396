while true do utf8.char(table.unpack({ 1, 2, 3 })) utf8.len(("é"):rep(1e6)) end
