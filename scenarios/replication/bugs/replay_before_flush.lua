-- Bug switch replay_before_flush: a standby replays WAL that is not flushed
--
-- The write-ahead rule, broken on the standby: after a crash its data files are ahead of its log.
-- PostgreSQL's startup process may not read past what the walreceiver has flushed.
-- `--set bug=false` runs the same without it: then the law holds, and this scenario, which wants it broken,
-- fails.
local p = sim.params { bug = true }
sim.describe "Bug: a standby replays WAL that is not flushed"
require "one_standby_slow" { standby_bug = p.bug and "replay_before_flush" or nil }
sim.demonstrates "Replication Order"
