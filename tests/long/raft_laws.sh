#!/bin/sh
# A storm over five Raft servers, 10,000 seeds, each of which draws how the group is set up: no law breaks, and when
# it is over one leads, all have applied the same, and clients are answered.
#
#   ORRERY=build/orrery tests/long/raft_laws.sh [FIRST] [LAST]
#
# Prints TAP. The last result is in RESULTS.md beside this file.
set -u
cd "$(dirname "$0")/../.." || exit 2
orrery=${ORRERY:-./orrery}
first=${1:-1}
last=${2:-10000}
found=$(mktemp)
trap 'rm -f "$found"' EXIT
"$orrery" sweep scenarios/consensus/raft_chaos.lua --seeds "$first-$last" >"$found" 2>/dev/null </dev/null
if [ $? -eq 0 ] && grep -q " $((last - first + 1)) passed, 0 failed" "$found"; then
    echo "ok 1 - no law breaks, one leads, all agree, seeds $first to $last"
else
    echo "not ok 1 - no law breaks, one leads, all agree, seeds $first to $last"
fi
sed 's/^/# /' "$found"
echo "1..1"
