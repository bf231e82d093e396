#!/bin/sh
# Exit codes: pass, fail, wrong, inconclusive; and that each says why.
. "$(dirname "$0")/tap"
run() { "$ORRERY" run "$1" --no-plots --out folder; }
world='sim.run_for "3s"
local db = sim.node("db", "postgres", {})
local app = sim.workload { name = "app", clients = 1, target = db, rate = "20/s", mix = "A" }'

printf '%s\nsim.expect("never so", function() return false end)\n' "$world" >fail.lua
check "an expectation that is not met is a failure" exits_with 1 run fail.lua
check "the summary says which" has stdout "never so"
check "and so does its JSON" has folder/summary.json '"verdict": "fail"'

printf '%s\nsim.at("1s", function() db:nosuch() end)\n' "$world" >wrong.lua
check "a mistake in the middle of the run is the scenario's" exits_with 2 run wrong.lua
check "told with file and line" has stderr "wrong.lua:4:"
check "what was done is written" test -f folder/story.txt

printf 'sim.run_for "1s"\nsim.node("a", "echo", { ' >broken.lua
check "a scenario that is no Lua is refused" exits_with 2 run broken.lua
check "with its file" has stderr "broken.lua:"

cat >idle.lua <<'LUA'
sim.run_for "3s"
local a = sim.node("a", "postgres", {})
local b = sim.node("b", "postgres", {})
sim.at("1s", function() sim.cut(a, b) end)
sim.expect("fine", function() return true end)
LUA
check "a fault of the script that stops nothing is inconclusive" exits_with 3 run idle.lua
check "and is named" has stdout "never had an effect"
check "the cut of both ways is one to people" has stdout "cut a <-> b"
check "and is told once" has_not stdout "cut b <-> a"

printf 'sim.run_for "1s"\nfor i = 1, 10 do sim.at("0.5s", function() end) end\n' >empty.lua
check "nothing to judge is inconclusive" exits_with 3 run empty.lua
check "and says so" has stdout "nothing was there to judge"
finish
