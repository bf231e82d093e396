#!/bin/sh
# A full trace is streamed: five times the run takes the same memory.
. "$(dirname "$0")/tap"
case ${ORRERY_BUILD-} in
*asan* | *san*)
    skip "a full trace is streamed" "a sanitizer keeps freed memory"
    finish
    ;;
esac
cat >echo.lua <<'LUA'
sim.run_for "400s"
local b = sim.node("b", "echo", {})
local a = sim.node("a", "echo", { target = b, interval = "1ms" })
LUA
peak() { # how long -> the greatest resident size seen, in kB
    "$ORRERY" run echo.lua --until "$1" --trace full --no-plots --quiet --out folder &
    pid=$!
    most=0
    while seen=$(awk '/^VmHWM/ { print $2 }' /proc/$pid/status 2>/dev/null); do
        [ "${seen:-0}" -gt "$most" ] && most=$seen
        sleep 0.02
    done
    wait $pid
    echo "$most"
}
short=$(peak 80s)
long=$(peak 400s)
check "the trace of the long run has more than a million records" \
    test "$(wc -l <folder/trace.jsonl)" -gt 1000000
check "its memory is that of the short run" test "$long" -lt $((short + 2048))
finish
