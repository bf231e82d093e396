#!/bin/sh
# A storm over a cluster with a failover manager: never two primaries that acknowledge, no term given twice, no primary
# without a lease; and one primary with two standbys when it is over.
#   ORRERY=build/orrery tests/long/failover_laws.sh [FIRST] [LAST]
. "$(dirname "$0")/storm"
storm "no law breaks, one primary is left" scenarios/failover/chaos.lua
echo "1..$n"
