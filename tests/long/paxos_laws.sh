#!/bin/sh
# No law of Paxos breaks in a storm over six replicas, over 1,000 seeds of each way to read and to count quorums; and
# when it is over users are served, and all members have applied the same.
#
#   ORRERY=build/orrery tests/long/paxos_laws.sh [FIRST] [LAST] [JOBS]
#
# Prints TAP, a line each, and for each seed that breaks something the command that repeats it. The last result is in
# RESULTS.md beside this file.
set -u
cd "$(dirname "$0")/../.." || exit 2
orrery=${ORRERY:-./orrery}
first=${1:-1}
last=${2:-1000}
jobs=${3:-$(nproc)}
found=$(mktemp)
trap 'rm -f "$found"' EXIT
n=0
storm() { # name, settings...
    n=$((n + 1))
    name=$1
    shift
    "$orrery" sweep scenarios/consensus/paxos_chaos.lua --seeds "$first-$last" --jobs "$jobs" "$@" \
        >"$found" 2>/dev/null </dev/null
    code=$?
    # 3: reads in the log leave the law of leases nothing to judge.
    if grep -q " $((last - first + 1)) passed, 0 failed" "$found" && { [ $code -eq 0 ] || [ $code -eq 3 ]; }; then
        echo "ok $n - $name, seeds $first to $last"
    else
        echo "not ok $n - $name, seeds $first to $last"
    fi
    sed 's/^/# /' "$found"
}
storm "majorities, reads by a lease"
storm "majorities, reads in the log" --set reads=log
storm "q1 = 4 and q2 = 2 of five" --set q1=4 --set q2=2
echo "1..$n"
