-- Bug switch send_unflushed: a walsender sends WAL that is not flushed yet
--
-- When the primary loses power it forgets WAL that a standby has. After recovery it writes other
-- records at the same positions, and the standby is no copy of it any more, without a word in any
-- log.
-- `--set bug=false` runs the same without it: then the law holds, and this scenario, which wants it broken,
-- fails.
local p = sim.params { bug = true }
sim.describe "Bug: a walsender sends WAL that is not flushed yet"
require "one_standby_slow" {
  primary_bug = p.bug and "send_unflushed" or nil,
  primary_sync = "10ms", -- so that a standby is well ahead of the flush when the power goes
}
sim.demonstrates "Standby Is A Prefix"
