#!/bin/sh
# verify: two fresh processes, every record compared.
. "$(dirname "$0")/tap"
scenario 4s >small.lua
check "two runs of one seed are the same" exits_with 0 "$ORRERY" verify small.lua --seed 7
check "which it says" has stdout "SAME  small.lua, seed 7:"
digest=$("$ORRERY" run small.lua --seed 7 --no-plots --json --out run |
    sed -n 's/.*"digest": "\([0-9a-f]*\)".*/\1/p')
check "with the digest of a plain run" has stdout "digest $digest"
check "verify itself writes nothing" test ! -e out
check "settings reach both" exits_with 0 "$ORRERY" verify small.lua --set rate=10/s
check "a wrong setting is the scenario's error" exits_with 2 "$ORRERY" verify small.lua --set rat=10/s
check "said once" test "$(grep -c orrery: stderr)" = 1
scenario 1s | sed 's/db:view("recovery") ~= nil/false/' >fail.lua
check "a run that fails its checks is still the same run" exits_with 0 "$ORRERY" verify fail.lua
finish
