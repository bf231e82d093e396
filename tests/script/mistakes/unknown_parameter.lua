-- --set burts=1GB
local p = sim.params { burst = "200MB", fsync = "1ms" }
