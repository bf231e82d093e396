-- Bug switch ack_before_flush: a standby reports as flushed what it has only written
--
-- A standby with fsync = off, or a disk cache that lies, does this: the primary lets a commit go
-- that would not survive the loss of both machines' power. The law compares each acknowledgement
-- with what the synchronous standbys had flushed at that moment.
-- `--set bug=false` runs the same without it: then the law holds, and this scenario, which wants it broken,
-- fails.
local p = sim.params { bug = true }
sim.describe "Bug: a standby reports as flushed what it has only written"
require "one_standby_slow" { names = "quick", standby_bug = p.bug and "ack_before_flush" or nil }
sim.demonstrates "Acknowledged Where Promised"
