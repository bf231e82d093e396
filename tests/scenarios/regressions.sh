#!/bin/sh
# Runs that once failed, by a fault of a model, a law or the engine, pass (regressions.txt).
. "$(dirname "$0")/../tap"
grep -v '^#' tests/scenarios/regressions.txt >"$work/list"
while read -r line; do
    n=$((n + 1))
    if eval "\"$orrery\" run $line --no-plots --trace none --quiet --out \"$work/run\"" >"$work/log" 2>&1 </dev/null; then
        echo "ok $n - $line"
    else
        echo "not ok $n - $line"
        sed 's/^/# /' "$work/log"
    fi
done <"$work/list"
echo "1..$n"
