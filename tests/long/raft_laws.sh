#!/bin/sh
# A storm over five Raft servers, 10,000 seeds, each of which draws how the group is set up: no law breaks, what clients
# saw is linearizable, and when it is over one leads, all have applied the same, and clients are answered.
#   ORRERY=build/orrery tests/long/raft_laws.sh [FIRST] [LAST]
last_usual=10000
. "$(dirname "$0")/storm"
storm "five Raft servers, whatever the seed makes of them" scenarios/consensus/raft_chaos.lua
echo "1..$n"
