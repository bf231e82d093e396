#!/bin/sh
# Random scenarios: no seed crashes, hangs or is wrong; every build gives the digest that is committed, whatever the
# number of processes; and a run that is watched is the run that is not.
#
#   ORRERY=build/orrery tests/random/random.sh [SEEDS]       another number of seeds only has to run through
#   ORRERY=build/orrery tests/random/random.sh --update      digest.txt anew, when CHANGELOG.md says why
. "$(dirname "$0")/../tap"
list=tests/random/digest.txt
seeds=300
[ "${1-}" = --update ] || seeds=${1:-$seeds}
sweep() { # seeds, jobs
    "$orrery" sweep tests/random/random.lua --seeds "1-$1" --jobs "$2" --json >"$work/swept" 2>"$work/said" </dev/null
}
digest() { sed -n 's/.*"digest": "\([0-9a-f]*\)".*/\1/p' "$work/swept"; }

sweep "$seeds" 2
grep -q '"failed": 0,' "$work/swept" || cat "$work/swept" "$work/said" >"$work/failed"
report "$seeds random scenarios" "$work/failed"
found="$seeds $(digest)"
if [ "${1-}" = --update ]; then
    echo "$found" >"$list"
    exit 0
fi
if [ "$seeds" = 300 ]; then
    [ "$found" = "$(cat "$list")" ] || echo "found $found, expected $(cat "$list")" >"$work/other"
    report "the digest of them all" "$work/other"
    sweep 60 2
    two=$(digest)
    sweep 60 1
    [ "$two" = "$(digest)" ] || echo "found $(digest) in one process at a time, $two in two" >"$work/jobs"
    report "the same in one process at a time" "$work/jobs"
fi
for seed in 1 5 9 13 17 21 25 29 33 37; do
    "$orrery" verify tests/random/random.lua --seed $seed >"$work/log" 2>&1 </dev/null || cp "$work/log" "$work/differs$seed"
    report "seed $seed: two processes, one of which looks at everything" "$work/differs$seed"
done
echo "1..$n"
