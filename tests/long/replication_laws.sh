#!/bin/sh
# No law of the postgres model breaks under chaos, over 1,000 seeds of each promise.
#   ORRERY=build/orrery tests/long/replication_laws.sh [FIRST] [LAST]
. "$(dirname "$0")/storm"
chaos=scenarios/replication/chaos.lua
storm "ANY 1 of two standbys, on" $chaos
storm "FIRST 2, remote_apply" $chaos --set "names=FIRST 2 (near, other)" --set level=remote_apply
storm "one standby, remote_write" $chaos --set names=near --set level=remote_write
storm "asynchronous" $chaos --set names= --set level=on
storm "ANY 1 of two standbys, on, with a WAL archive" $chaos --set archive=true
storm "nothing promised, off" $chaos --set names= --set level=off
echo "1..$n"
