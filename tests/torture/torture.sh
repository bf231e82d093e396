#!/bin/sh
# Each allocation of a short run fails in its turn, alone and with all that follow: the run is as it would have been, or
# it ends with a sentence. And memory that is full of rubbish, new or freed, changes nothing.
#
#   ORRERY=build/orrery tests/torture/torture.sh [STEP]      every STEP-th allocation; 1: each
case ${ORRERY_BUILD-} in *asan) exit 77 ;; esac # a sanitizer has an allocator of its own
. "$(dirname "$0")/../tap"
step=${1:-17}
if ! "${CC:-cc}" -O1 -shared -fPIC -o "$work/failing_malloc.so" tests/torture/failing_malloc.c 2>"$work/why"; then
    echo "1..0 # SKIP no library that fails allocations: $(head -n 1 "$work/why")"
    exit 0
fi
cat >"$work/short.lua" <<'LUA'
sim.run_for "200ms"
local a = sim.node("a", "postgres", {})
local b = sim.node("b", "postgres", { upstream = a })
sim.node("e", "echo.lua")
sim.links { delay = "1ms" }
sim.workload { name = "app", clients = 2, target = a, rate = "100/s", mix = "A" }
sim.at("100ms", function() b:crash() end)
sim.at("120ms", function() b:restart() end)
sim.expect("fine", function() return a:view("pg_stat_replication") ~= nil end)
LUA
cd "$work" || exit 2
run() { # folder, environment...
    folder=$1
    shift
    rm -rf "$folder"
    env "$@" "$orrery" run short.lua --no-plots --quiet --trace full --out "$folder" >said 2>&1 </dev/null
}
preload=LD_PRELOAD=$work/failing_malloc.so
run good "$preload" FAIL_COUNT_TO="$work/count" || cp said undisturbed
[ -s count ] || echo "nothing was counted: the library was not taken" >undisturbed
report "undisturbed" undisturbed
count=$(cat count 2>/dev/null || echo 0)
for on in one all; do
    at=1
    while [ "$at" -le "$count" ]; do
        run bad "$preload" FAIL_ON=$on FAIL_AT=$at
        code=$?
        case $code in
        0) cmp -s good/trace.jsonl bad/trace.jsonl || echo "$at: another run" >>$on ;;
        2 | 4) grep -q '^orrery: ' said || echo "$at: ended with $code and said nothing" >>$on ;;
        *) echo "$at: ended with $code: $(head -n 1 said)" >>$on ;;
        esac
        at=$((at + step))
    done
    report "of $count allocations, every ${step}th fails, $on" $on
done
for byte in 90 165 255; do
    run rubbish MALLOC_PERTURB_=$byte || cp said perturbed
    cmp good/trace.jsonl rubbish/trace.jsonl >>differs 2>&1 && rm -f differs
    report "rubbish in memory, $byte" differs
done
echo "1..$n"
