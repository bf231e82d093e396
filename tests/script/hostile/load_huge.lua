local f = assert(load("return {" .. ("1,"):rep(5e6) .. "}")) while true do f() end
