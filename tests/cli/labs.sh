#!/bin/sh
# Labs: a solution gets all points, a skeleton does not, each mistake costs the law that it breaks; hostile code is
# contained, and sees nothing.
. "$(dirname "$0")/tap"
grade() { "$ORRERY" grade "$@"; }
for lab in "$root"/scenarios/labs/*/; do
    lab=$(basename "$lab")
    check "$lab: the solution has all points" exits_with 0 grade "$root/tests/labs/$lab" --seeds 1-60 --jobs 2
    check "$lab: the skeleton has not" exits_with 1 grade "$root/scenarios/labs/$lab" --seeds 1-20
    check "$lab: and is told the seed, the reason and the command" has stdout "--hand-in"
done
solution=$root/tests/labs/ping/ping.lua
hand_in() { rm -rf mine; mkdir mine; cat >mine/ping.lua; }
points() { has stdout " $1  $2"; }

sed 's/if not node.seen\[number\] then/if true then/' "$solution" | hand_in
check "a receiver that hands on what it has seen" exits_with 1 grade mine --seeds 1-30
check "  loses the points for that" points "0 of  3" "No Ping Arrives Twice"
check "  and no others" points "4 of  4" "Every Ping Arrives"
sed 's/  for number in pairs(node.waiting) do.*//' "$solution" | hand_in
check "a sender that does not send again" exits_with 1 grade mine --seeds 1-30
check "  loses the points for that" points "0 of  4" "Every Ping Arrives"
check "  and no others" points "3 of  3" "No Ping Arrives Twice"
sed 's/    node:send(node.knobs.peer, "ping", number)$/&\n    node:send(node.knobs.app, "done", number)/' "$solution" | hand_in
check "a sender that says done too soon" exits_with 1 grade mine --seeds 1-30
check "  loses the points for that" points "0 of  2" "Done Means Arrived"
{ echo 'local ping = { knobs = { role = { choices = "sender|receiver", usual = "sender" }, peer = "", app = "" } }'; echo 'return ping'; } | hand_in
check "who does nothing has no point" exits_with 1 grade mine --seeds 1-5
check "  for laws that judged nothing" has stdout "0 of 10 points"

"$ORRERY" grade "$root/scenarios/labs/ping" --seeds 1-20 --jobs 1 --json >one
"$ORRERY" grade "$root/scenarios/labs/ping" --seeds 1-20 --jobs 4 --json >four
check "the grade is the same whatever the number of jobs" cmp one four
printf '# mine\n7\n 9 \n\n11\n' >seeds
check "seeds from a file" exits_with 0 grade "$root/tests/labs/ping" --seeds-file seeds
check "  are those" has stdout "over 3 seeds"

# Hostile: each ends, is reported with file and line, and has no points.
hostile() { # name, what is told, code in on_ping
    name=$1 tells=$2
    { echo 'local ping = { knobs = { role = "", peer = "", app = "" } }'; echo "function ping.on_ping(node, from, number) $3 end"; echo 'return ping'; } | hand_in
    check "hostile: $name" exits_with 1 grade mine --seeds 1-2 --timeout 2min
    check "  is told" has stdout "$tells"
    check "  and has no point" has stdout "0 of 10 points"
}
hostile "an endless loop" "ping.lua:2: instruction limit reached" 'while true do end'
hostile "all memory" "memory" 'local t = {} while true do t[#t + 1] = ("x"):rep(100000 + #t) end'
hostile "deep recursion" "ping.lua:2:" 'local function f(n) return 1 + f(n + 1) end f(0)'
hostile "a million timers" "limit" 'for i = 1, 1e9 do node:after(i, "1ms") end'
hostile "a million messages" "limit" 'for i = 1, 1e9 do node:send(node.knobs.peer, "ping", i) end'
hostile "a pattern without an end" "ping.lua:2:" 'local s = ("a"):rep(40) string.find(s, ("a*"):rep(40) .. "b")'
hostile "an error that is no string" "ping.lua:2" 'error({})'
hostile "files" "ping.lua:2:" 'io.open("/etc/passwd")'
hostile "the machine's time" "ping.lua:2:" 'print(os.time())'
hostile "the environment" "ping.lua:2:" 'print(os.getenv("HOME"))'
hostile "the engine's truth" "ping.lua:2:" 'print(sim.now())'
hostile "other nodes" "ping.lua:2:" 'print(sim.find("sink"):state())'
hostile "the hidden seed" "ping.lua:2:" 'print(sim.seed)'
hostile "the fault plan" "ping.lua:2:" 'print(sim.faults)'
hostile "a module of somebody else's" "ping.lua:2:" 'require "../theirs/ping"'
# Sender and receiver run the same file: what one keeps in it, in a global or in a module, the other does not see.
{
    echo 'local here, there = {}, require "there"'
    sed 's|^function ping.start(node)|&\n  assert(not (here.was or there.was or was)) here.was, there.was, was = true, true, true|' "$solution"
} | hand_in
echo 'return {}' >mine/there.lua
check "nodes share no memory" exits_with 0 grade mine --seeds 1-2
echo 'this is no Lua' | hand_in
check "hostile: no Lua at all" exits_with 1 grade mine --seeds 1-2
check "  is told with file and line" has stdout "ping.lua:1:"
rm -rf mine theirs && mkdir mine theirs && cp "$solution" theirs/ping.lua && ln -s ../theirs/ping.lua mine/ping.lua
check "hostile: a link to another's file is not followed" exits_with 2 grade mine --seeds 1-2
rm -rf mine && mkdir mine && cp "$root/scenarios/labs/ping/ping.lua" mine && echo 'error "usurped"' >mine/sink.lua && cp mine/sink.lua mine/lab_ping.lua
check "hostile: the lab's own files are the lab's" exits_with 1 grade mine --seeds 1-2
check "  whatever was handed in" has_not stdout "usurped"

check "no folder" exits_with 2 grade nowhere
check "  is told" has stderr "nowhere"
check "a folder without a lab's file" exits_with 2 grade "$root/tests"
check "  is told which there are" has stderr "NAME one of: broadcast, ping"
check "a lab that does not exist" exits_with 2 grade mine --lab pong
check "  has a nearest one" has stderr "did you mean 'ping'"
check "seeds that are none" exits_with 2 grade mine --seeds-file mine/ping.lua
finish
