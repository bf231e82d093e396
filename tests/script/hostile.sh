#!/bin/sh
# Hostile code in a scenario's callback, in a node's handler and in a law; and whole scenarios that flood the world.
# Each ends within the limits that a run has by itself: in 256 MB, after 2 s of a quiet processor (here three times
# that, as what a processor does in a second is not ours), with an exit code that says mistake or limit, and a message
# that names file and line (or says that calls are nested too deep, when there is no line to tell any more); the
# process never dies of it. hostile/*.lua are the attacks, one a file, as a function's body; hostile/whole/*.lua
# scenarios.
set -u
[ "${ORRERY_BUILD:-gcc-O2}" = gcc-O2 ] || exit 77 # the sanitizers' builds take minutes for what is bounded in steps
folder=$(CDPATH='' cd "$(dirname "$0")/hostile" && pwd -P) || exit 1
orrery=${ORRERY:?the path of the program to test}
case $orrery in /*) ;; *) orrery=$PWD/$orrery ;; esac
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
"${CC:-cc}" -O1 -o contained "$folder/../contained.c" || exit 1
n=0
stage() { # place, body: the attack stands on the second line
    case $1 in
    callback) printf 'sim.run_for "5s" sim.at("1s", function()\n %s end)\n' "$2" ;;
    law) printf 'sim.run_for "5s" sim.model("m", function() local m = { facts = { "x" } } function m.start(node) node:fact("x", 1) end m.laws = { { name = "L", reads = "x", fold = function()\n %s end } } return m end) sim.node("a", "m")\n' "$2" ;;
    node) printf 'sim.run_for "5s" sim.model("m", function() local m = {} function m.start(node)\n %s end return m end) sim.node("a", "m")\n' "$2" ;;
    esac
}
run_it() { # name
    n=$((n + 1))
    ./contained 6 256 "$orrery" run hostile.lua --no-plots --quiet --trace none --out run \
        >stdout 2>stderr </dev/null 3>more
    code=$?
    case $code in
    2 | 3) told=yes ;;
    *) told=no ;;
    esac
    # A limit in the run is in the summary; what is wrong is on stderr. The engine's own limits have no line.
    cat run/summary.json >>stderr 2>/dev/null
    if [ $told = yes ] && grep -qE "$2" stderr && [ ! -s more ]; then
        echo "ok $n - $1"
    else
        echo "not ok $n - $1: exit code $code"
        cat more stderr | head -c 600 | sed 's/^/# /'
        echo
    fi
    rm -rf run
}
line='hostile.lua:[0-9]|\[string .*\]:[0-9]|nested too deep'
for attack in "$folder"/*.lua; do
    name=$(basename "$attack" .lua)
    body=$(cat "$attack")
    for place in callback node law; do
        stage $place "$body" >hostile.lua
        run_it "$name at the $place" "$line"
    done
done
for attack in "$folder"/whole/*.lua; do
    cp "$attack" hostile.lua
    run_it "$(basename "$attack" .lua)" "$line|events are pending|are under way|events happened at one instant"
done
echo "1..$n"
