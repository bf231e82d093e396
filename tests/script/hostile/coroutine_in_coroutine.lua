local function f() local c = coroutine.wrap(f) c() end f()
