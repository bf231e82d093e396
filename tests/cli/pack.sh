#!/bin/sh
# A pack carries a run whole: it runs from anywhere, says that the same happens, and where it does not.
. "$(dirname "$0")/tap"
mkdir here elsewhere
cat >here/counts.lua <<'LUA'
local counter = { name = "counter" }
function counter.start(node) node:arm("tick", node:now() + 10000000) end
function counter.on_timer(node) node:arm("tick", node:now() + 10000000) end
return counter
LUA
cat >here/delays.lua <<'LUA'
return { link = "2ms" }
LUA
cat >here/run.lua <<'LUA'
local delays = require "delays"
local p = sim.params { rate = "20/s" }
sim.run_for "3s"
local a = sim.node("a", "postgres", {})
sim.node("c", "counts.lua")
sim.links { delay = delays.link }
sim.workload { name = "app", clients = 2, target = a, rate = p.rate, mix = "A" }
sim.chaos { from = "500ms", to = "2s", rate = "3/s", kinds = { "crash", "pause" } }
sim.expect("it reads itself", function() return sim.now() > 0 end)
LUA
run() { "$ORRERY" run "$@" --no-plots; }
in_elsewhere() { (cd elsewhere && "$ORRERY" run ../run.pack --no-plots "$@"); }
changed() { # by a line of python on d
    python3 - "$1" <<'PY'
import json, sys
d = json.load(open("run.pack"))
exec(sys.argv[1])
json.dump(d, open("changed.pack", "w"))
PY
}

check "a run" exits_with 0 run here/run.lua --seed 7 --set rate=25/s --until 2500ms --out folder
check "is packed" exits_with 0 "$ORRERY" pack folder --out run.pack
check "the file is named" has stdout "run.pack"
check "no half file is left" sh -c '! ls | grep partial'
check "by its usual name too" exits_with 0 "$ORRERY" pack folder
check "in the run's folder" test -f folder/run-7.pack
rm -r here
check "it runs without its sources, anywhere" exits_with 0 in_elsewhere --out again
check "and the same happens" has stdout "pack      reproduced: the same"
check "to the byte of the story" cmp folder/story.txt elsewhere/again/story.txt
check "and of the history" cmp folder/history.jsonl elsewhere/again/history.jsonl
check "with --json the summary is alone on stdout" exits_with 0 in_elsewhere --json --out again
check "and the finding on stderr" has stderr "pack      reproduced"
check "with --quiet nothing is said" exits_with 0 in_elsewhere --quiet --out again
check "at all" test ! -s stdout
check "its sources are gone, so the folder is packed no more" exits_with 2 "$ORRERY" pack folder --out b.pack
check "as is said" has stderr "here/run.lua: found no file"
check "nothing is left of that" test ! -e b.pack

from_pipe() { { cat piped.lua; sleep 0.1; tail -c 9000 padding; } | run /dev/stdin --out piped; }
head -c 9000 /dev/zero | tr '\0' '-' >padding
echo 'sim.expect("all of it was read", function() return true end)' >piped.lua
check "a scenario may come from a pipe, which can be read but once" exits_with 0 from_pipe

for option in "--seed 3" "--set rate=1/s" "--until 1s" "--faults x" "--hand-in x"; do
    check "$option: refused" exits_with 2 run run.pack $option
    check "$option: named" has stderr "found ${option%% *}; expected none, as a pack brings its own"
done
head -c 400 run.pack >half.pack
check "half a pack" exits_with 2 run half.pack
check "is named" has stderr "half.pack: it is no whole JSON object; expected what"
check "a folder that is no run's" exits_with 2 "$ORRERY" pack elsewhere
check "no folder" exits_with 2 "$ORRERY" pack
check "is said" has stderr "expected RUNDIR"

if command -v python3 >/dev/null; then
    changed 'd["params"]["rate"] = "26/s"'
    check "another rate: not reproduced" exits_with 3 run changed.pack --out other
    check "and where it parts is said" has stdout "NOT reproduced: the first difference is among records"
    check "with what happens there" has stdout "what this version does there:"
    changed 'd["faults"] = "\n".join(d["faults"].split("\n")[1:])'
    check "a fault less: not reproduced" exits_with 3 run changed.pack --out other
    changed 'd["version"] = "0.0.1"'
    check "another version that does the same" exits_with 0 run changed.pack --out other
    check "is named" has stdout "made by orrery 0.0.1, this is"
    changed 'd["files"]["delays.lua"] = "return nil +"'
    check "a module that does not compile" exits_with 2 run changed.pack --out other
    check "is named as in the folder" has stderr "delays.lua:1:"
    changed 'del d["files"]["delays.lua"]'
    check "a module that is missing" exits_with 2 run changed.pack --out other
    for break in 'd["orrery_pack"] = 2' 'del d["script"]' 'd["seed"] = 7' 'd["seed"] = "x"' 'd["digest"] = "12"' \
        'd["marks"] = ["2:0"]' 'd["marks"] = [5]' 'd["marks"].reverse()' 'd["faults"] = "{"' 'd["until_ns"] = "-1"'; do
        changed "$break"
        check "$break: refused" exits_with 2 run changed.pack --out other
        check "$break: with its file" has stderr "changed.pack:"
    done
fi
finish
