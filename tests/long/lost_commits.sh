#!/bin/sh
# What a failover in a storm loses, by synchronous_commit: scenarios/replication/chaos_failover.lua over 1,000
# seeds of each level. Nothing at the levels that promise it; some at the others, which is plotted.
#
#   ORRERY=build/orrery tests/long/lost_commits.sh [FIRST] [LAST] [PICTURE.svg]
#
# Prints TAP, a line a level. The last result is in RESULTS.md beside this file, its picture in
# plots/readme/lost_commits.svg.
set -u
cd "$(dirname "$0")/../.." || exit 2
orrery=${ORRERY:-./orrery}
first=${1:-1}
last=${2:-1000}
picture=${3:-}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
scenario=scenarios/replication/chaos_failover.lua

# One run: level, seed, its verdict, and the count that it tells.
one() {
    summary=$("$orrery" run "$scenario" --seed "$2" --set "level=$1" --no-plots --quiet --trace none --json \
        --out "$work/$3" 2>/dev/null </dev/null | tr -d '\n ')
    verdict=$(echo "$summary" | sed 's/"verdict":"\([a-z]*\)".*/ \1/; s/.* //')
    count=$(echo "$summary" | sed -n 's/.*"name":"lostcommits","label":"[a-z_]*","value":\(-*[0-9]*\).*/\1/p')
    echo "$1 $2 $verdict ${count:-none}"
}
level() {
    half=$(((first + last) / 2))
    (for seed in $(seq "$first" "$half"); do one "$1" "$seed" a; done >"$work/$1.a") &
    for seed in $(seq $((half + 1)) "$last"); do one "$1" "$seed" b; done >"$work/$1.b"
    wait
    cat "$work/$1.a" "$work/$1.b" >"$work/$1"
}
n=0
for level in off local remote_write on remote_apply; do
    n=$((n + 1))
    level "$level"
    LC_ALL=C awk -v level="$level" -v n="$n" -v wanted=$((last - first + 1)) -v first="$first" -v last="$last" '
        $3 != "pass" { failed = failed " " $2 }
        { runs++; sum += $4; if ($4 > 0) some++; if ($4 > most) { most = $4; seed = $2 } }
        END {
            may_lose = level == "off" || level == "local"
            promised = level == "on" || level == "remote_apply"
            good = runs == wanted && failed == "" && !(promised && most > 0) && !(may_lose && some == 0)
            printf "%s %d - %s, seeds %d to %d\n", good ? "ok" : "not ok", n, level, first, last
            printf "# %d runs, %d of them lose something, %d commits in all, at most %d (seed %d)\n", runs, some, sum, most, seed
            if (failed != "") printf "# failed: seeds%s\n", failed
        }' "$work/$level"
done
echo "1..$n"
[ -n "$picture" ] || exit 0
gnuplot -e "work='$work'; picture='$picture'; runs=$((last - first + 1))" tests/long/lost_commits.gp
