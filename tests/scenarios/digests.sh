#!/bin/sh
# Every scenario gives the digest that is committed for it, in every build.
#
# digests.txt has a line a scenario: its file, a seed, the verdict, the digest. A change that changes a
# digest is a line in CHANGELOG.md with its cause; then `tests/scenarios/digests.sh --update` writes
# the file anew. A scenario without a line fails: it is not tested until it has one.
set -u
cd "$(dirname "$0")/../.." || exit 2
list=tests/scenarios/digests.txt
orrery=${ORRERY:-./orrery}
work=${TMPDIR:-/tmp}/digests.$$
mkdir -p "$work"
trap 'rm -rf "$work"' EXIT

digest_of() { # scenario, seed -> "verdict digest"
    "$orrery" run "$1" --seed "$2" --json --no-plots --trace none --out "$work/run" \
        >"$work/summary" 2>"$work/errors" </dev/null
    sed -n 's/.*"verdict": *"\([a-z]*\)".*/\1/p' "$work/summary" | head -n 1 | tr '\n' ' '
    sed -n 's/.*"digest": *"\([0-9a-f]*\)".*/\1/p' "$work/summary" | head -n 1
}

# A scenario describes itself; other files are models and libraries.
scenarios() { find scenarios -name '*.lua' ! -path '*/bench/*' -exec grep -l '^sim.describe' {} + | LC_ALL=C sort; }

if [ "${1-}" = --update ]; then
    for scenario in $(scenarios); do
        for seed in 1 2; do echo "$scenario $seed $(digest_of "$scenario" $seed)"; done
    done >"$work/list" && mv "$work/list" "$list"
    exit 0
fi

n=0
while read -r scenario seed verdict digest; do
    n=$((n + 1))
    found=$(digest_of "$scenario" "$seed")
    if [ "$found" = "$verdict $digest" ]; then
        echo "ok $n - $scenario, seed $seed"
    else
        echo "not ok $n - $scenario, seed $seed: found ${found:-nothing}, expected $verdict $digest"
        sed 's/^/# /' "$work/errors"
    fi
done <"$list"
for scenario in $(scenarios); do
    grep -q "^$scenario " "$list" && continue
    n=$((n + 1))
    echo "not ok $n - $scenario has no line in $list"
done
echo "1..$n"
