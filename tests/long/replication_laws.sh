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
found=$(mktemp)
trap 'rm -f "$found"' EXIT
n=0
promise() { # name, settings...
    n=$((n + 1))
    name=$1
    shift
    "$orrery" sweep scenarios/replication/chaos.lua --seeds "$first-$last" "$@" >"$found" 2>/dev/null </dev/null
    code=$?
    # 3: a law has nothing to judge where nothing is promised.
    if grep -q " $((last - first + 1)) passed, 0 failed" "$found" && { [ $code -eq 0 ] || [ $code -eq 3 ]; }; then
        echo "ok $n - $name, seeds $first to $last"
    else
        echo "not ok $n - $name, seeds $first to $last"
    fi
    sed 's/^/# /' "$found"
}
promise "ANY 1 of two standbys, on"
promise "FIRST 2, remote_apply" --set "names=FIRST 2 (near, other)" --set level=remote_apply
promise "one standby, remote_write" --set names=near --set level=remote_write
promise "asynchronous" --set names= --set level=on
promise "ANY 1 of two standbys, on, with a WAL archive" --set archive=true
promise "nothing promised, off" --set names= --set level=off
echo "1..$n"
