-- Bug switch commit_before_flush: the primary acknowledges before its own fsync
--
-- What synchronous_commit = off does by permission, here without being asked: MongoDB's default
-- write concern before 2012, or any database on a disk with a volatile cache and no barriers.
-- `--set bug=false` runs the same without it: then the law holds, and this scenario, which wants it broken,
-- fails.
local p = sim.params { bug = true }
sim.describe "Bug: the primary acknowledges before its own fsync"
require "one_standby_slow" { primary_bug = p.bug and "commit_before_flush" or nil }
sim.demonstrates "Acknowledged Where Promised"
