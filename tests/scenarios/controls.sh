#!/bin/sh
# A scenario that shows a bug or a danger fails without it: what it demonstrates is its own doing.
. "$(dirname "$0")/../tap"
fails() { # scenario, setting
    n=$((n + 1))
    "$orrery" run "$1" --set "$2" --no-plots --trace none --quiet --out "$work/run" >"$work/log" 2>&1 </dev/null
    code=$?
    if [ $code -eq 1 ] && grep -q '"kind": "demonstrates"' "$work/run/summary.json"; then
        echo "ok $n - $1 demonstrates nothing with $2"
    else
        echo "not ok $n - $1 with $2 ended with $code"
        sed 's/^/# /' "$work/log"
    fi
}
for scenario in scenarios/replication/bugs/*.lua; do fails "$scenario" bug=false; done
for scenario in scenarios/consensus/bugs/*.lua; do
    grep -q "demonstrates" "$scenario" && grep -q "bug = true" "$scenario" && fails "$scenario" bug=false
done
fails scenarios/consensus/bugs/lease_and_drift.lua drift=-400ppm
fails scenarios/consensus/bugs/lease_and_drift.lua lease_drift=0.6
fails scenarios/staged/lost_update.lua held=false
fails scenarios/staged/stale_read.lua held=false
fails scenarios/staged/split_brain.lua fenced=true
fails scenarios/replication/split_brain.lua fence=true
echo "1..$n"
