#!/bin/sh
# Every fault has a small scenario that shows what it does: true with each seed, and false without the fault.
. "$(dirname "$0")/../tap"
for scenario in $(grep -l '^sim.describe' scenarios/faults/*.lua); do
    name=$(basename "$scenario" .lua)
    "$orrery" run "$scenario" --no-plots --trace none --quiet --out "$work/$name" >"$work/log" 2>&1 </dev/null ||
        cp "$work/log" "$work/$name.failed"
    report "$name" "$work/$name.failed"
    "$orrery" run "$scenario" --set fault=false --no-plots --trace none --quiet --out "$work/without" >"$work/log" 2>&1 </dev/null
    [ $? -eq 1 ] || cp "$work/log" "$work/$name.vacuous"
    report "$name: not so without the fault" "$work/$name.vacuous"
done
"$orrery" sweep $(grep -l '^sim.describe' scenarios/faults/*.lua) --seeds 1-20 >"$work/log" 2>&1 </dev/null || cp "$work/log" "$work/sweep.failed"
report "with 20 seeds each" "$work/sweep.failed"
for kind in $(sed -n 's/^ *FAULT_\([A-Z_]*\),.*/\1/p' sim/world/fault.h | tr 'A-Z' 'a-z' | grep -v '^kinds$'); do
    grep -lq "\"$kind\": {\"injected\": [0-9]*, \"effective\": [1-9]" "$work"/*/summary.json || echo "no scenario injects it to any effect" >"$work/$kind.missing"
    report "a scenario shows $kind" "$work/$kind.missing"
done
echo "1..$n"
