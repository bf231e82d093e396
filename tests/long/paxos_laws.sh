#!/bin/sh
# No law of Paxos breaks in a storm over six replicas, with each way to read and to count quorums; and when it is over users
# are served, and all members have applied the same.
#   ORRERY=build/orrery tests/long/paxos_laws.sh [FIRST] [LAST]
. "$(dirname "$0")/storm"
chaos=scenarios/consensus/paxos_chaos.lua
storm "majorities, reads by a lease" $chaos
storm "majorities, reads in the log" $chaos --set reads=log
storm "q1 = 4 and q2 = 2 of five" $chaos --set q1=4 --set q2=2
echo "1..$n"
