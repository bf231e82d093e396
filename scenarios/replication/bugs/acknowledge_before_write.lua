-- Bug switch ack_before_write: a standby reports as written what it has only received
--
-- synchronous_commit = remote_write promises that a commit survives a crash of the standby's PostgreSQL. A
-- walreceiver that answers before its write() has returned has promised it for its own memory.
-- `--set bug=false` runs the same without it: then the law holds, and this scenario, which wants it broken,
-- fails.
local p = sim.params { bug = true }
sim.describe "Bug: a standby reports as written what it has only received"
require "one_standby_slow" {
  names = "quick", level = "remote_write", quick_write = "3ms", -- a busy disk: write() has to wait
  standby_bug = p.bug and "ack_before_write" or nil,
}
sim.demonstrates "Acknowledged Where Promised"
