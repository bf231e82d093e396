#!/bin/sh
# Hostile code in a scenario's callback and in a node's handler. Each ends in a moment,
# within 256 MB, with an exit code that says mistake or limit, and a message that names file and line (or says that calls
# are nested too deep, when there is no line to tell any more); the process
# never dies of it. hostile/*.lua are the attacks, one a file, as a function's body.
set -u
[ "${ORRERY_BUILD:-gcc-O2}" = gcc-O2 ] || exit 77 # the sanitizers' builds take minutes for what is bounded in steps
folder=$(CDPATH='' cd "$(dirname "$0")/hostile" && pwd -P) || exit 1
orrery=${ORRERY:?the path of the program to test}
case $orrery in /*) ;; *) orrery=$PWD/$orrery ;; esac
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
n=0
stage() { # place, body: the attack stands on the second line
    case $1 in
    callback) printf 'sim.run_for "5s" sim.at("1s", function()\n %s end)\n' "$2" ;;
    node) printf 'sim.run_for "5s" sim.model("m", function() local m = {} function m.start(node)\n %s end return m end) sim.node("a", "m")\n' "$2" ;;
    esac
}
for attack in "$folder"/*.lua; do
    name=$(basename "$attack" .lua)
    body=$(cat "$attack")
    for place in callback node; do
        n=$((n + 1))
        stage $place "$body" >hostile.lua
        timeout -s KILL 60 "$orrery" run hostile.lua --no-plots --quiet --trace none --limit-memory 256MB --out run \
            >stdout 2>stderr </dev/null
        code=$?
        case $code in
        2 | 3) told=yes ;;
        *) told=no ;;
        esac
        # A limit in the run is in the summary; what is wrong is on stderr.
        cat run/summary.json >>stderr 2>/dev/null
        if [ $told = yes ] && grep -qE 'hostile.lua:[0-9]|\[string .*\]:[0-9]|nested too deep' stderr; then
            echo "ok $n - $name at the $place"
        else
            echo "not ok $n - $name at the $place: exit code $code"
            head -c 600 stderr | sed 's/^/# /'
            echo
        fi
        rm -rf run
    done
done
echo "1..$n"
