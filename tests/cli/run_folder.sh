#!/bin/sh
# What a run leaves behind, and that it is the same each time.
. "$(dirname "$0")/tap"
scenario 4s >small.lua
run() { "$ORRERY" run small.lua --no-plots "$@"; }
run_it() { "$ORRERY" run "$@"; }
cmp_text() { [ "$(cat "$1")" = "$2" ]; }
json_digest() { sed -n 's/.*"digest": "\([0-9a-f]*\)".*/\1/p' "$1"; }
same_digest() { [ "$(json_digest "$1/summary.json")" = "$(json_digest "$2/summary.json")" ]; }
other_digest() { ! same_digest "$@"; }

check "a run passes" exits_with 0 run --seed 7 --out folder
check "the verdict stands first" has stdout "PASS  small, seed 7"
check "the summary names the command that repeats it" has stdout "run small.lua --seed 7"
check "it fits 80 columns" awk 'length($0) > 80 { print; wide = 1 } END { exit wide }' stdout
check "no colours where there is no terminal" has_not stdout "$(printf '\033')"
check "no progress bar either" test ! -s stderr
for file in summary.json story.txt history.jsonl faults.jsonl marks.dat latency.dat distribution.dat \
    clients.dat operations.dat db.dat app.dat; do
    check "$file is there" test -f folder/$file
done
check "no partial file is left" sh -c '! ls folder | grep partial'
check "a trace is written only on demand" test ! -e folder/trace.jsonl
check "the story has a legend" has folder/story.txt "cause -> decision"
check "the series name their columns and units" has folder/db.dat "# time[s] wal_insert_lsn[lsn]"
check "the history is in Jepsen's form" has folder/history.jsonl '"process":0,"type":"invoke","f":"'
check "the span of the script is marked" has folder/marks.dat '1 2 mark "a span"'

check "--trace full writes the trace" exits_with 0 run --seed 7 --out again --trace full
check "a record has the fields that others rely on" \
    grep -Eq '^\{"seq":1,"cause":0,"t":[0-9]+,"node":"[a-z]+","kind":"[a-z]+","peer":.*,"msg":' \
    again/trace.jsonl
check "the same seed with a trace has the same digest" same_digest folder again
check "the same run a third time passes" exits_with 0 run --seed 7 --out third --trace full
for file in trace.jsonl story.txt history.jsonl db.dat app.dat latency.dat operations.dat clients.dat; do
    check "$file has the same bytes each time" cmp again/$file third/$file
done
check "another seed passes" exits_with 0 run --seed 8 --out other
check "and is another run" other_digest folder other
check "--trace none passes" exits_with 0 run --seed 7 --out third --trace none
check "files of the earlier run are gone" test ! -e third/trace.jsonl -a ! -e third/story.txt
check "and the digest is the same without any observer" same_digest folder third
touch third/mine.dat
check "a run into a folder with a foreign file passes" exits_with 0 run --out third
check "and the foreign file stays" test -e third/mine.dat
check "--out may lie deep" exits_with 0 run --out a/b/c
check "--out that cannot be made is refused" exits_with 2 run --out small.lua/x
check "with its name" has stderr "small.lua/x"
check "a run without --out passes" exits_with 0 run --seed 3
check "its folder is out/SCENARIO/SEED" test -f out/small/3/summary.json
check "--json passes" exits_with 0 run --json --out j
check "its stdout is the summary and nothing else" cmp stdout j/summary.json
check "--quiet passes" exits_with 0 run --quiet --out q
check "and says nothing" test ! -s stdout -a ! -s stderr
check "--set changes a parameter" exits_with 0 run --set rate=10/s --out s
check "which the summary tells" has s/summary.json '"rate": "10/s"'
check "and the command" has stdout "--set rate=10/s"
check "--until ends it early" exits_with 0 run --until 2s --out u
check "at that time" grep -Eq '"sim_time_ns": (1[0-9]{9}|2000000000),' u/summary.json
{
    cat small.lua
    echo 'sim.at("1s", function() sim.result("lost", "one \"and\" more", 3) sim.result("lost", "two", 0.5) end)'
    echo 'sim.at("2s", function() sim.result("lost", "two", 1e3) end)'
    echo 'sim.plot("results", { of = "lost" })'
} >results.lua
check "a scenario may tell figures" exits_with 0 run_it results.lua --out r
check "which are in a file, the later of two" cmp_text r/results.dat "# result label value
\"lost\" \"one 'and' more\" 3
\"lost\" \"two\" 1000"
check "in the summary" has r/summary.json '"label": "two"'
check "in the table" has stdout "lost: one \"and\" more 3, two 1000"
check "and drawn" test -s r/results.svg
{
    cat small.lua
    cat <<'LUA'
sim.at("1s", function()
  for i, level in ipairs { "off", "on" } do
    sim.result("lost commits", level, i * 1000)
    sim.result("share", level, 100 / 3 ^ i)
  end
  sim.result("alone", "seconds", 1.5)
  for i = 1, 10 do sim.trial("first", i) sim.trial("second", i / 1000) end
end)
LUA
} >grid.lua
check "figures with the same labels" exits_with 0 run_it grid.lua --out g
sed -n '/^results/,/^$/p' stdout >grid
sed -n '/^ *trials/,/^$/p' stdout >>grid
check "are a table" cmp_text grid "results           off     on
  lost commits   1000   2000
  share         33.33  11.11

           trials  median [ms]  p90 [ms]  p99 [ms]  max [ms]
  first        10            5         9         9        10
  second       10        0.005     0.009     0.009      0.01"
check "and another has a line" has stdout "  alone: seconds 1.5"
check "a limit on events makes it inconclusive" exits_with 3 run --limit-events 100 --out l
check "which says so" has stdout "a limit was reached"
finish
