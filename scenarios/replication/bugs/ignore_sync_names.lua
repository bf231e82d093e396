-- Bug switch ignore_sync_names: any standby's answer releases a commit
--
-- synchronous_standby_names says slow, and the quick one's answer is taken. Nobody notices until
-- the primary and the quick standby are lost together.
-- `--set bug=false` runs the same without it: then the law holds, and this scenario, which wants it broken,
-- fails.
local p = sim.params { bug = true }
sim.describe "Bug: any standby's answer releases a commit"
require "one_standby_slow" { names = "slow", primary_bug = p.bug and "ignore_sync_names" or nil }
sim.demonstrates "Acknowledged Where Promised"
