-- Bug switch promise_skips_gaps: a promise lists values in a row, as if there were no gaps
--
-- A leader dies; what it had proposed last was accepted above a gap (lib/paxos_gap.lua). The promises to the next one
-- should say which instance each value is of. They say where the list begins, and the values: so the next leader
-- proposes a value at an instance where nobody had proposed it. `--set bug=false` runs the same without the mistake:
-- then the law holds, and this scenario, which wants it broken, fails.
local p = sim.params { bug = true }
sim.describe "Bug: a promise lists values as if there were no gaps"
sim.run_for "8s"
require "paxos_gap" { bugs = p.bug and { "promise_skips_gaps" } or nil }
sim.demonstrates "Only A Proposed Value Is Chosen"
