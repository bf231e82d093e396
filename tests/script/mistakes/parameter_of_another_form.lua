-- --set fsync=fast
local p = sim.params { burst = "200MB", fsync = "1ms" }
