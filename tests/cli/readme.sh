#!/bin/sh
# What README.md shows is so: its commands run, the line that it adds to a scenario works there, and the
# code that it quotes stands in the file that it names.
set -u
cd "$(dirname "$0")/../.." || exit 2
root=$(pwd -P)
orrery=${ORRERY:-$root/build/orrery}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
n=0
report() { # 0: ok; name
    n=$((n + 1))
    if [ "$1" -eq 0 ]; then echo "ok $n - $2"; else echo "not ok $n - $2"; fi
}

# ./orrery COMMAND ... in ```sh blocks, but for `test`, which is what runs this.
awk '/^```sh/ { on = 1; next } /^```/ { on = 0 } on && /^\.\/orrery (run|verify|sweep)/' README.md >"$work/commands"
[ "$(wc -l <"$work/commands")" -ge 5 ]
report $? "README.md shows commands"
while read -r _ arguments; do
    case $arguments in run*) more="--no-plots --out $work/run" ;; *) more='' ;; esac
    # The arguments are words.
    # shellcheck disable=SC2086
    "$orrery" $arguments $more >"$work/out" 2>&1 </dev/null
    code=$?
    expected=0
    case $arguments in *loss=40%*) expected=1 ;; esac
    [ $code -eq $expected ]
    report $? "./orrery $arguments (exit $code, expected $expected)"
done <"$work/commands"

# The added fault, in a copy of the scenario.
line=$(grep '^sim.at("7s"' README.md)
mkdir "$work/first"
cp scenarios/first/*.lua "$work/first/"
printf '%s\n' "$line" >>"$work/first/heartbeat.lua"
"$orrery" run "$work/first/heartbeat.lua" --no-plots --out "$work/run" >"$work/out" 2>&1 </dev/null
grep -q 'cut' "$work/out"
report $? "the fault that the tour adds is injected"

# Every line of the quoted model is a line of the model; so is every line of a story a line of a run.
awk '/^function detector.on_timer/ { on = 1 } /^```/ { on = 0 } on' README.md >"$work/quoted"
missing=0
while IFS= read -r line; do
    grep -qxF -- "$line" scenarios/first/detector.lua || missing=1
done <"$work/quoted"
[ $missing -eq 0 ] && [ -s "$work/quoted" ]
report $? "the model that the tour quotes is scenarios/first/detector.lua"
for told in first/heartbeat consensus/bugs/commit_old_term; do
    "$orrery" run scenarios/$told.lua --no-plots --out "$work/run" >"$work/out" 2>&1 </dev/null
    cat "$work/run/story.txt" >>"$work/stories"
done
missing=0
grep '^    [0-9]*\.[0-9]* *n[0-9]' README.md >"$work/told"
while IFS= read -r line; do
    grep -qF -- "${line#"${line%%[! ]*}"}" "$work/stories" || missing=1
done <"$work/told"
[ $missing -eq 0 ] && [ -s "$work/told" ]
report $? "the stories that the tour tells are those of the runs"
echo "1..$n"
