#!/bin/sh
# The story of a run, whole or in part.
. "$(dirname "$0")/tap"
cat >run.lua <<'LUA'
sim.run_for "3s"
local a = sim.node("node a", "postgres", {})
local b = sim.node("node", "postgres", { upstream = a })
sim.workload { name = "app", clients = 2, target = a, rate = "20/s", mix = "A" }
sim.at("1s", function() b:pause "200ms" end)
sim.at("2s", function() sim.cut(a, b, { lasts = "100ms" }) end)
sim.expect("fine", function() return true end)
LUA
story() { "$ORRERY" story folder "$@"; }
none() { ! grep -v '^#' stdout | grep -q -- "$1"; }
check "a run" exits_with 0 "$ORRERY" run run.lua --no-plots --out folder
check "its story, whole" exits_with 0 story
check "is the file's, in a pipe without colours" cmp stdout folder/story.txt
check "one node" exits_with 0 story --follow node
check "what it did is told" has stdout "  node    pause"
check "what befell it too" has stdout "cut node a -> node"
check "what others did is not" none "  node a  note"
check "a node whose name begins with that of another" exits_with 0 story --follow "node a"
check "is told apart" none "  node    note"
check "a word, in any case" exits_with 0 story --grep CUT
check "is told" has stdout "cut node a -> node"
check "and nothing else" none "note"
check "both" exits_with 0 story --follow node --grep cut
check "are told" has stdout "cut node a -> node"
check "and nothing else" none "pause"
check "a node that there is not" exits_with 2 story --follow nod
check "has a nearest" has stderr "no node 'nod' in folder; did you mean 'node'?"
check "no run's folder" exits_with 2 "$ORRERY" story .
check "is named" has stderr "./story.txt: No such file"
check "no folder" exits_with 2 "$ORRERY" story
if command -v script >/dev/null; then
    check "on a terminal" script -qec "$ORRERY story folder" /dev/null
    TERM=xterm script -qec "$ORRERY story folder" /dev/null >stdout
    check "kinds have colours" has stdout "$(printf '\033[1;31mfault')"
    NO_COLOR=1 TERM=xterm script -qec "$ORRERY story folder" /dev/null >stdout
    check "but not with NO_COLOR" sh -c "! grep -q '$(printf '\033')' stdout"
fi
finish
