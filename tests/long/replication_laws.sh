#!/bin/sh
# No law of the postgres model breaks under chaos, over 1,000 seeds of each promise.
#
#   ORRERY=build/orrery tests/long/replication_laws.sh [FIRST] [LAST]
#
# Prints TAP, a line a promise, and for each seed that breaks something the command that repeats it. The
# last result is in RESULTS.md beside this file.
set -u
cd "$(dirname "$0")/../.." || exit 2
orrery=${ORRERY:-./orrery}
first=${1:-1}
last=${2:-1000}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
scenario=scenarios/replication/chaos.lua

one() { # seed, settings...: prints the command when it does not pass
    seed=$1
    shift
    out=$work/$seed
    "$orrery" run "$scenario" --seed "$seed" "$@" --no-plots --trace none --quiet --out "$out" \
        >"$out.log" 2>&1 </dev/null
    code=$?
    if [ $code -ne 0 ]; then
        arguments=''
        for word; do arguments="$arguments '$word'"; done
        echo "orrery run $scenario --seed $seed$arguments # exit $code"
    fi
    rm -rf "$out" "$out.log"
}
n=0
promise() { # name, settings...
    n=$((n + 1))
    name=$1
    shift
    # two at a time, odd and even seeds
    (seed=$first; while [ "$seed" -le "$last" ]; do one "$seed" "$@"; seed=$((seed + 2)); done) >"$work/odd" &
    (seed=$((first + 1)); while [ "$seed" -le "$last" ]; do one "$seed" "$@"; seed=$((seed + 2)); done) >"$work/even"
    wait
    if [ -s "$work/odd" ] || [ -s "$work/even" ]; then
        echo "not ok $n - $name, seeds $first to $last"
        cat "$work/odd" "$work/even" | sed 's/^/# /'
    else
        echo "ok $n - $name, seeds $first to $last"
    fi
}
promise "ANY 1 of two standbys, on"
promise "FIRST 2, remote_apply" --set "names=FIRST 2 (near, other)" --set level=remote_apply
promise "one standby, remote_write" --set names=near --set level=remote_write
promise "asynchronous" --set names= --set level=on
promise "nothing promised, off" --set names= --set level=off
echo "1..$n"
