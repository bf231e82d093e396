#!/bin/sh
# Who watches changes nothing: the same digest and the same story whatever is written, and the same
# bytes of trace.jsonl on every run. Another seed gives another run.
set -u
cd "$(dirname "$0")/../.." || exit 2
orrery=${ORRERY:-./orrery}
work=${TMPDIR:-/tmp}/observers.$$
mkdir -p "$work"
trap 'rm -rf "$work"' EXIT
scenario=scenarios/replication/lag_large_transaction.lua

run() { # folder, arguments
    out=$work/$1
    shift
    "$orrery" run "$scenario" --until 12s --no-plots --out "$out" "$@" >"$out.stdout" 2>"$out.stderr" </dev/null
}
digest() { sed -n 's/.*"digest": *"\([0-9a-f]*\)".*/\1/p' "$work/$1/summary.json" | head -n 1; }
n=0
check() { # name, command...
    n=$((n + 1))
    name=$1
    shift
    if "$@"; then echo "ok $n - $name"; else echo "not ok $n - $name"; fi
}
same() { [ -n "$1" ] && [ "$1" = "$2" ]; }
differ() { [ -n "$1" ] && [ -n "$2" ] && [ "$1" != "$2" ]; }

run none --seed 7 --trace none
run full --seed 7 --trace full
run again --seed 7 --trace full
run story --seed 7 --trace story
run other --seed 8 --trace full
check "a full trace leaves the digest as it is" same "$(digest none)" "$(digest full)"
check "so does a story" same "$(digest none)" "$(digest story)"
check "the same seed gives the same bytes of trace.jsonl" cmp -s "$work/full/trace.jsonl" "$work/again/trace.jsonl"
check "and of history.jsonl" cmp -s "$work/full/history.jsonl" "$work/again/history.jsonl"
check "and of story.txt" cmp -s "$work/full/story.txt" "$work/story/story.txt"
check "another seed gives another run" differ "$(digest full)" "$(digest other)"
echo "1..$n"
