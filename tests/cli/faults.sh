#!/bin/sh
# --faults replays a storm to the byte, without it where a line was taken out, and says what is wrong in a list.
. "$(dirname "$0")/tap"
cat >storm.lua <<'LUA'
sim.run_for "30s"
local a = sim.node("a", "postgres", {})
local b = sim.node("b", "postgres", { upstream = a })
sim.workload { name = "app", clients = 2, target = a, rate = "50/s", mix = "A" }
sim.at("22s", function() sim.delay(a, b, "20ms", { lasts = "3s" }) end) -- the scenario's own
sim.chaos { from = "1s", to = "20s", rate = "2/s", down_max = 1 }
sim.expect("b has it all", function() return b:probe "replay_lsn" == a:probe "wal_flush_lsn" end)
LUA
run() { out=$1; shift; "$ORRERY" run storm.lua --no-plots --seed 3 --trace full --out "$out" "$@"; }
digest() { sed -n 's/.*"digest": *"\([0-9a-f]*\)".*/\1/p' "$1/summary.json"; }
same() { [ -n "$1" ] && [ "$1" = "$2" ]; }

check "a storm runs" exits_with 0 run drawn
check "its faults are the plan's" has drawn/faults.jsonl '"by":"plan"'
check "the scenario's own is its own" has drawn/faults.jsonl '"by":"scenario"'
check "its list is replayed" exits_with 0 run replayed --faults drawn/faults.jsonl
check "to the same digest" same "$(digest drawn)" "$(digest replayed)"
check "the same list" cmp drawn/faults.jsonl replayed/faults.jsonl
check "and the same trace to the byte" cmp drawn/trace.jsonl replayed/trace.jsonl
check "the repeat line replays it too" has stdout "--faults drawn/faults.jsonl"

# One fault of the plan is left out: what else was planned strikes when it did, and as it did.
grep -n '"by":"plan"' drawn/faults.jsonl | sed -n '3s/:.*//p' >masked
sed "$(cat masked)d" drawn/faults.jsonl >fewer.jsonl
check "with one masked it runs" exits_with 0 run fewer --faults fewer.jsonl
planned() { grep '"by":"plan"' "$1" | sed 's/"index":[0-9]*,//; s/,"healed".*"until"/,"until"/; s/,"effective".*//'; }
planned fewer.jsonl >wanted && planned fewer/faults.jsonl >found
check "and all others are as they were" cmp wanted found
: >none.jsonl
check "an empty list is a calm run" exits_with 0 run calm --faults none.jsonl
check "with the scenario's own faults alone" has_not calm/faults.jsonl '"by":"plan"'
printf '{"t":5000000000,"kind":"pause","a":"b","until":6000000000}\n' >hand.jsonl
check "a list may be written by hand" exits_with 0 run hand --faults hand.jsonl
check "and does what it says" has hand/faults.jsonl '"healed":6000000000'

bad() { printf '%s\n' "$2" >bad.jsonl; check "$1" exits_with 2 run bad --faults bad.jsonl; check "  it says what" has stderr "$3"; }
bad "no JSON" 'cut a b' 'bad.jsonl:1: found no JSON object'
bad "an unknown kind" '{"t":1,"kind":"cutt","a":"a","b":"b"}' 'did you mean "cut"'
bad "an unknown node" '{"t":1,"kind":"crash","a":"zz","x":1}' '"a": found "zz"; expected the name of a node'
bad "a time before the run" '{"t":-1,"kind":"crash","a":"a"}' '"t": found -1; expected a time'
bad "an end before its beginning" '{"t":5,"kind":"pause","a":"a","until":4}' '"until": found 4'
bad "a probability past 1" '{"t":5,"kind":"loss","a":"a","b":"b","x":2000000000}' 'parts per billion'
check "a list that is not there" exits_with 2 run bad --faults nowhere.jsonl
check "  it says so" has stderr "nowhere.jsonl: No such file"
check "nothing is left of a run that did not begin" test ! -e bad
finish
