#!/bin/sh
# A run that is stopped in the middle: by SIGINT, by SIGKILL, by a disk that is full.
. "$(dirname "$0")/tap"
scenario 1000000s | sed 's|50/s|2k/s|' >long.lua
scenario 2s >small.lua

# Background jobs of a shell ignore SIGINT; the program sets its own handler all the same.
start() { # stdout dir
    "$ORRERY" run long.lua --no-plots --trace full --out "$1" >stdout 2>stderr </dev/null &
    pid=$!
    wait_for writes "$1"
}
writes() { ls "$1"/trace.jsonl.*.partial; }
start stopped
kill -INT $pid
code=0
wait $pid || code=$?
check "SIGINT ends it with exit code 130" test $code = 130
check "the table says interrupted" has stdout "interrupted at"
check "the JSON says so" has stopped/summary.json '"interrupted": true'
check "what was done is written" test -s stopped/history.jsonl
check "the trace ends with a whole line" sh -c 'tail -n 1 stopped/trace.jsonl | grep -q "}$"'
check "no partial file is left" sh -c '! ls stopped | grep partial'

"$ORRERY" run small.lua --no-plots --quiet --out killed
cp killed/summary.json before.json
start killed
kill -KILL $pid
wait $pid 2>/dev/null
check "after SIGKILL the files of the run before are whole" cmp before.json killed/summary.json
check "nothing half-done has a final name" test ! -e killed/trace.jsonl
check "the next run passes" exits_with 0 "$ORRERY" run small.lua --no-plots --out killed
check "and sweeps up" sh -c '! ls killed | grep partial'

full() {
    (ulimit -f 200 && exec "$ORRERY" run long.lua --until 1000s --no-plots --trace full --out full)
}
check "a file that cannot grow ends the run with exit code 4" exits_with 4 full
check "with the file's name and the reason" grep -Eq 'orrery: full/.*: File too large' stderr
check "and nothing half-written" sh -c 'test -z "$(ls full)"'
finish
