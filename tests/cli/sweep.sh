#!/bin/sh
# A sweep says the same whatever the number of jobs; what crashes or hangs is a result like any other.
. "$(dirname "$0")/tap"
cat >some.lua <<'LUA'
local p = sim.params { most = 8 }
sim.run_for "2s"
local a = sim.node("a", "echo", {})
local n = sim.rng("n"):int(1, 10)
sim.expect("n is small", function() return n <= p.most, "it is " .. n end)
LUA
sweep() { "$ORRERY" sweep "$@"; }
told() { sed '/"wall_ms"/d' "$1"; }
check "some seeds fail" exits_with 1 sweep some.lua --seeds 1-40 --json --jobs 1
told stdout >one
check "the same with four at a time" exits_with 1 sweep some.lua --seeds 1-40 --json --jobs 4
told stdout >four
check "is told in the same words" cmp one four
check "passed and failed are all runs" grep -q '"runs": 40' one
seed=$(sed -n 's/.*"seeds": \[\([0-9]*\),.*/\1/p' one | sed -n 2p)
check "the command that is named repeats the failure" exits_with 1 "$ORRERY" run some.lua --seed "$seed" --no-plots --out again
check "for the reason that was told" has again/summary.json 'n is small'

check "it stops after the first failure" exits_with 1 sweep some.lua --seeds 1-40 --stop-after 1 --json --jobs 1
told stdout >one
check "the same one with four at a time" exits_with 1 sweep some.lua --seeds 1-40 --stop-after 1 --json --jobs 4
told stdout >four
check "in the same words" cmp one four
check "one has failed" has one '"failed": 1'
check "settings are part of the command" exits_with 1 sweep some.lua --seeds 1-9 --set most=0
check "  as they were given" has stdout "--seed 1 --set most=0"
check "all pass, yet a law never judged anything: inconclusive" exits_with 3 sweep some.lua --seeds 1-9 --set most=10
check "  which is named" has stdout "never judged anything: Echoes Were Sent"
check "two scenarios take turns" exits_with 1 sweep some.lua some.lua --seeds 1-3 --set most=0 --json
check "  each with every seed" has stdout '"runs": 6'

echo 'while true do end' >loop.lua
check "a run without an end has hung" exits_with 4 sweep loop.lua --seeds 1-2 --timeout 200ms --limit-instructions 1000000M
check "  and is told" has stdout "hang"
check "  with the command" has stdout "./orrery run loop.lua --seed 2"
# A sweep that would not end for minutes, in the background; returns when its first worker is there, and thus its
# handlers too: an interrupt that came before them would be ignored, as shells arrange for their background jobs.
endless() { # options -> sweep, worker
    "$ORRERY" sweep loop.lua --timeout 100s --limit-instructions 1000000M "$@" >stdout 2>stderr &
    sweep=$!
    wait_for has_worker
}
has_worker() {
    worker=$(cat /proc/[0-9]*/stat | awk -v parent=$sweep '$4 == parent { print $1; exit }')
    [ -n "$worker" ]
}
ended_with() { # code of the sweep in the background
    code=0
    wait $sweep || code=$?
    [ $code -eq "$1" ] && return
    echo "exit code $code, expected $1"
    cat stdout stderr
    return 1
}
crash() {
    endless --seeds 1-1
    kill -KILL "$worker"
    ended_with 4 && has stdout "1 x crash" && has stdout "signal 9"
}
interrupt() {
    endless --seeds 1-9 --json
    kill -INT $sweep
    ended_with 130 && has stdout '"interrupted": true'
}
check "a process that crashes is a result" crash
check "an interrupt ends it, and what was found is told" interrupt
echo 'sim.node("a", "ecko")' >wrong.lua
check "a wrong scenario is wrong" exits_with 2 sweep wrong.lua --seeds 1-3
check "  with file, line and the nearest name" has stdout 'wrong.lua:1: sim.node: no model "ecko"; did you mean "echo"?'
check "  once" has stdout "3 x mistake"
check "no scenario" exits_with 2 sweep --seeds 1-3
check "seeds the wrong way round" exits_with 2 sweep some.lua --seeds 9-1
check "  are explained" has stderr "expected A-B with A <= B"
check "no such option" exits_with 2 sweep some.lua --stop-afer 1
check "  has a nearest one" has stderr "--stop-after"
check "nothing is written" test ! -e out
finish
