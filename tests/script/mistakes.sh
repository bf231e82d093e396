#!/bin/sh
# The commonest mistakes in a script, each with the message that it must give (mistakes/NAME.txt): file
# and line, what was found, what was expected, the nearest name. A first line `-- --set a=b` is passed.
#   ORRERY=path tests/script/mistakes.sh [--rewrite]
# Accept a rewritten message only if it tells its reader more than the one before.
set -u
folder=$(CDPATH='' cd "$(dirname "$0")/mistakes" && pwd -P) || exit 1
orrery=${ORRERY:?the path of the program to test}
out=$(mktemp -d) || exit 1
trap 'rm -rf "$out"' EXIT
cd "$folder" || exit 1
number=0 bad=0
for script in *.lua; do
    name=${script%.lua}
    case $name in cycle_*) continue ;; esac # modules of cyclic_require
    options=$(sed -n '1s/^-- \(--set .*\)/\1/p' "$script")
    # shellcheck disable=SC2086
    "$orrery" run "$script" $options --no-plots --quiet --out "$out/run" >"$out/stdout" 2>"$out/found"
    status=$?
    # An expectation that cannot be judged fails, and its reason is in the summary.
    [ $status -ne 1 ] || sed -n 's/^ *"why": "\(..*\)",*$/\1/p' "$out/run/summary.json" | head -n 1 >>"$out/found"
    echo "exit $status" >>"$out/found"
    if [ "${1-}" = --rewrite ]; then cp "$out/found" "$name.txt"; fi
    number=$((number + 1))
    title=$(echo "$name" | tr _ ' ')
    if cmp -s "$out/found" "$name.txt"; then
        echo "ok $number - a mistake is explained: $title"
    else
        bad=$((bad + 1))
        echo "not ok $number - a mistake is explained: $title"
        diff "$name.txt" "$out/found" | sed 's/^/# /'
    fi
done
echo "1..$number"
[ "$bad" -eq 0 ]
