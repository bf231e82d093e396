#!/bin/sh
# orrery check: what it prints, its exit codes, what it says about a history that is malformed, and
# its limits.
. "$(dirname "$0")/tap"

# event PROCESS TYPE F VALUE [MORE FIELDS]: a line of a history on key "x", later than the one before.
index=0
event() {
    printf '{"index":%d,"time":%d,"process":%s,"type":"%s","f":"%s","key":"x","value":%s%s}\n' \
        "$index" $((index * 10)) "$1" "$2" "$3" "$4" "${5-}"
    index=$((index + 1))
}
done_by() { # process, f, value
    event "$1" invoke "$2" "$3"
    event "$1" ok "$2" "$3"
}
session() { "$ORRERY" check session "$@"; }

# --- verdicts ---
{ done_by 1 write 7; done_by 1 read 7; } >good.jsonl
{ done_by 1 write 7; done_by 1 read null; } >bad.jsonl
{ done_by 1 write 7; done_by 2 read 7; } >little.jsonl
: >empty.jsonl
check "a history that keeps the guarantees is exit 0" exits_with 0 session good.jsonl
check "and valid" has stdout '"valid": true'
cp stdout good.json
check "one that does not is exit 1" exits_with 1 session bad.jsonl
check "with the anomaly's name" has stdout '"name": "read-your-writes"'
check "and a sentence" has stdout 'wrote 7 in line 2 and later read nothing in line 4'
cp stdout bad.json
check "one with nothing to judge is exit 3" exits_with 3 session little.jsonl
check "and unknown" has stdout '"valid": "unknown"'
check "which says why" has stdout '"why": "there was nothing to judge'
check "so is an empty one" exits_with 3 session empty.jsonl
cp stdout empty.json
if command -v python3 >/dev/null; then
    cat >one.py <<'PY'
import json
for name in ("good", "bad", "empty"):
    answer = json.load(open(name + ".json"))  # fails on anything but one object
    assert list(answer)[:4] == ["spec", "valid", "ops", "keys"] and list(answer)[-2:] == ["anomalies", "why"], name
    assert len(answer["anomalies"]) == answer["anomalies_found"]
bad = json.load(open("bad.json"))
anomaly = bad["anomalies"][0]
assert anomaly["key"] == "x" and anomaly["session"] == 1, anomaly
assert [o["value"] for o in anomaly["operations"]] == [7, None]
assert [(o["line"], o["ended_line"]) for o in anomaly["operations"]] == [(1, 2), (3, 4)]
assert bad["guarantees"]["read-your-writes"] == {"judged": 1, "violated": 1}
PY
    check "stdout is one JSON object with what was asked for" python3 one.py
fi
"$ORRERY" check session - <good.jsonl >piped.json 2>&1
check "- is stdin, and gives the same answer" cmp piped.json good.json
{ done_by 1 read 8; done_by 1 read 8; done_by 1 read 8; } >many.jsonl
check "--limit shows fewer anomalies" exits_with 1 session many.jsonl --limit 1
check "and counts all" has stdout '"anomalies_found": 3'
check "one is shown" test "$(grep -c '"name"' stdout)" = 1
{ sed 's/"process":1/"process":1,"client":"a"/' good.jsonl; printf '\n{"index":9,"time":999,"process":"nemesis","type":"info","f":"cut","value":["a","b"]}\n'; } >more.jsonl
check "clients, blank lines and the nemesis are taken" exits_with 0 session more.jsonl

# --- what is wrong with a history: the line, what was found, what was expected ---
malformed() { # name, line, message; the history is in wrong.jsonl
    check "$1 is refused" exits_with 2 session wrong.jsonl
    check "with its line and the reason" has stderr "orrery: wrong.jsonl:$2: $3"
    check "and no answer" test ! -s stdout
}
with_line() { # text, as the third line of a history
    done_by 1 write 7 >wrong.jsonl
    printf '%s\n' "$1" >>wrong.jsonl
}
index=0
{ event 1 invoke read null; event 2 ok read 7; } >wrong.jsonl
malformed "a completion without an invoke" 2 "found a completion of process 2, which has no operation under way; expected its invoke before"
{ event 1 invoke read null; event 1 invoke read null; } >wrong.jsonl
malformed "a process that invokes twice" 2 "found a second invoke of process 1, whose first in line 1 has no completion yet; expected one operation of a process at a time"
{ event 1 invoke write 7; event 1 info write 7; event 1 invoke read null; } >wrong.jsonl
malformed "a process that goes on after an info" 3 "found an invoke of process 1 after its info in line 2; expected a new process"
{ event 1 invoke write 7; event 1 info write 7; event 1 ok write 7; } >wrong.jsonl
malformed "a second completion" 3 "found a completion of process 1, whose operation ended as info in line 2"
{ event 1 invoke write 7; index=0; event 1 ok write 7; } >wrong.jsonl
malformed "time that goes back" 2 "found time 0 after time"
{ done_by 1 write 7; done_by 2 write 7; } >wrong.jsonl
malformed "a value that is written twice" 3 'found a second write of 7 to key "x", which line 1 writes too; expected each value once a key, or a "version" in every ok'
done_by 1 write null >wrong.jsonl
malformed "a write of null" 1 "found a write of null; expected a value"
{ event 1 invoke write 7; event 1 ok read 7; } >wrong.jsonl
malformed "a completion of another operation" 2 'found operation "read"; expected write, which was invoked in line 1'
with_line '{"index":1,'
malformed "half a line" 3 "at column 12 found the end of the line; expected a field's name in quotes"
with_line 'ok'
malformed "what is no JSON" 3 'at column 1 found "ok"; expected an event, as a JSON object'
with_line '{"index":9,"time":900,"process":1,"type":"invoke","f":"read","value":nul}'
malformed "a value that is none" 3 'at column 70 found "nul}"; expected a value'
with_line '{"index":9,"process":1,"type":"invoke","f":"read","value":null}'
malformed "an event without its time" 3 'found no "time"; expected a whole number of nanoseconds'
with_line '{"index":9,"time":"900","process":1,"type":"invoke","f":"read","value":null}'
malformed "a time that is a string" 3 'found "time":"900"; expected a whole number of nanoseconds'
with_line '{"index":9,"time":900,"process":"one","type":"invoke","f":"read","value":null}'
malformed "a process that is a word" 3 'found "process":"one"; expected a whole number, or "nemesis"'
with_line '{"index":9,"time":900,"process":1,"type":"done","f":"read","value":null}'
malformed "a type that nobody knows" 3 'found "type":"done"; expected "invoke", "ok", "fail" or "info"'
with_line '{"index":9,"time":900,"process":1,"type":"invoke","f":3,"value":null}'
malformed "an f that is a number" 3 'found "f":3; expected the operation'
with_line '{"index":9,"time":900,"process":1,"type":"invoke","f":"read"}'
malformed "an event without a value" 3 'found no "value"'
with_line '{"index":9,"time":900,"process":1,"type":"invoke","f":"read","value":null,"client":5}'
malformed "a client that is a number" 3 'found "client":5; expected a string'
with_line '{"index":9,"time":900,"process":1,"type":"invoke","f":"read","value":null,"version":"a"}'
malformed "a version that is a string" 3 'found "version":"a"; expected a whole number'
with_line '{"index":9,"time":900,"time":901,"process":1,"type":"invoke","f":"read","value":null}'
malformed "a field that is there twice" 3 'found "time" twice; expected it once'
check "a file that is not there is refused" exits_with 2 session nosuch.jsonl
check "by its name" has stderr "orrery: nosuch.jsonl: No such file"

# --- files that are something else ---
gzip -c good.jsonl >wrong.jsonl
malformed "what gzip packed" 1 "found a file packed by gzip; expected a history, as gunzip -c gives it"
printf 'JEPSEN\000\000\000\001' >wrong.jsonl
malformed "Jepsen's own file" 1 "found Jepsen's test.jepsen; expected the history.edn beside it"
printf 'INFO  jepsen.util - 0\t:invoke\t:read\tnil\n' >wrong.jsonl
malformed "Jepsen's log" 1 "found Jepsen's history.txt; expected the history.edn beside it"
printf '\377\376{\000\n\000' >wrong.jsonl
malformed "UTF-16" 1 "found UTF-16; expected UTF-8"
printf '\000\000' >wrong.jsonl
malformed "a file of zeros" 1 'at column 1 found "\u0000\u0000"; expected an event, as a JSON object'
with_line '{"index":9,"time":900,"process":1,"type":"invoke","f":"re'
printf '\000ad","value":null}\n' >>wrong.jsonl
malformed "half a string" 3 'at column 58 found the end of the line; expected the end of a string'
printf '{"index":0,"time":1,"process":1,"type":"invoke","f":"\000","value":null}' >wrong.jsonl
malformed "a zero byte" 1 'at column 54 found "\u0000\",\"value'
{ printf '\357\273\277'; cat good.jsonl; } >mark.jsonl
check "a byte order mark is passed over" exits_with 0 session mark.jsonl
{ printf '\357\273\277\n'; sed 's/$/\r/' good.jsonl; } >returns.jsonl
check "so are carriage returns" exits_with 0 session returns.jsonl
printf '%s\n' '{:type :info, :process :nemesis, :f :start}' '{:type :info, :process :nemesis, :f :stop, :value #{1}}' >faults.edn
check "a nemesis alone leaves nothing to judge" exits_with 3 session faults.edn
printf '\n \r\n' >blank.jsonl
check "and so do blank lines" exits_with 3 session blank.jsonl
check "a folder is refused" exits_with 2 session .
check "for what it is" has stderr "orrery: .: Is a directory; expected a history"

# --- the command line ---
check "a specification that nearly exists is guessed" exits_with 2 "$ORRERY" check sesion good.jsonl
check "and named" has stderr "orrery: check: no specification 'sesion'; did you mean 'session'?"
check "one that does not is told what there is" exits_with 2 "$ORRERY" check foo good.jsonl
check "by name" has stderr "expected one of: register, cas-register, kv, session"
check "no history is refused" exits_with 2 session
check "a timeout without a unit is refused" exits_with 2 session good.jsonl --timeout 3

# --- limits ---
check "no time at all: unknown" exits_with 3 session good.jsonl --timeout 1ns
check "and why" has stdout "the time that --timeout allows was over"
check "no memory at all: unknown" exits_with 3 session good.jsonl --memory 1B
check "and why" has stdout "more memory was needed than --memory allows"
mkfifo pipe
sleep 30 >pipe &
sleeper=$!
begun=$(date +%s)
check "a pipe that gives nothing is not waited for" exits_with 3 eval 'session - --timeout 300ms <pipe'
check "for longer than was allowed" test $(($(date +%s) - begun)) -lt 10
kill $sleeper
wait $sleeper 2>/dev/null
awk 'BEGIN {
    for (i = 0; i < 200000; i++) {
        f = i % 2 ? "read" : "write"; p = i % 10; v = i % 2 ? i : i + 1
        printf "{\"index\":%d,\"time\":%d,\"process\":%d,\"type\":\"invoke\",\"f\":\"%s\",\"value\":%d}\n", 2 * i, i, p, f, v
        printf "{\"index\":%d,\"time\":%d,\"process\":%d,\"type\":\"ok\",\"f\":\"%s\",\"value\":%d}\n", 2 * i + 1, i, p, f, v
    }
}' >large.jsonl
check "a large history is judged" exits_with 0 session large.jsonl
check "within memory that is enough" exits_with 0 session large.jsonl --memory 100MB
check "half way through where it is not" exits_with 3 session large.jsonl --memory 10MB
case ${ORRERY_BUILD-} in
*san*) skip "the memory counted is the memory used" "a sanitizer takes more" ;;
*) check "the memory counted is the memory used" exits_with 0 sh -c \
    'ulimit -v 130000; exec "$0" check session large.jsonl --memory 100MB' "$ORRERY" ;;
esac
check "a large history in no time is unknown" exits_with 3 session large.jsonl --timeout 20ms

# --- histories that runs made ---
scenario 10s >shop.lua
check "a run with clients" exits_with 0 "$ORRERY" run shop.lua --no-plots --quiet --out run
check "has a history that is judged" exits_with 0 session run/history.jsonl
check "so has one with users in Lua" exits_with 0 "$ORRERY" run "$root/scenarios/first/register.lua" --no-plots --quiet --out register
check "over a bad network" exits_with 0 session register/history.jsonl
sed 's/mix = "A"/mix = "F"/' shop.lua >rmw.lua
check "and one that reads, modifies and writes" exits_with 0 "$ORRERY" run rmw.lua --no-plots --quiet --out rmw
check "which is taken as that" exits_with 0 session rmw/history.jsonl
check "with nothing skipped" has stdout '"ops_skipped": 0'

# --- what users noticed by themselves is what the judge finds ---
cat >lagging.lua <<'LUA'
sim.run_for "8s"
local primary = sim.node("primary", "postgres")
local near = sim.node("near", "postgres", { upstream = primary, application_name = "near" })
local far = sim.node("far", "postgres", { upstream = primary, application_name = "far" })
sim.link(primary, far, { delay = "80ms" })
sim.workload { name = "app", target = primary, read_from = { near, far }, clients = 8, think = "2ms", keys = 20, mix = "A", start = "1s" }
LUA
last_of() { # a column of app.dat, at the end of the run
    awk -v name="$1" 'NR == 1 { for (i = 2; i <= NF; i++) if ($i ~ "^" name "\\[") at = i - 1 } END { print $at }' lagging/app.dat
}
violated() { sed -n "s/.*\"$1\": {\"judged\": [0-9]*, \"violated\": \([0-9]*\)}.*/\1/p" stdout; }
same_count() { # column, guarantee: the same number, and not none
    [ "$(last_of "$1")" -gt 20 ] && [ "$(last_of "$1")" = "$(violated "$2")" ] && return
    echo "$(last_of "$1") noticed, $(violated "$2") judged"
    return 1
}
check "users of standbys" exits_with 0 "$ORRERY" run lagging.lua --no-plots --quiet --out lagging
check "break guarantees" exits_with 1 session lagging/history.jsonl
check "as often as they notice that they miss their own writes" same_count unread_writes read-your-writes
check "and that they go back in time" same_count backward_reads monotonic-reads
check "the same as Jepsen has it" exits_with 0 "$ORRERY" export lagging --to jepsen
session lagging/history.jsonl >stdout.jsonl 2>/dev/null
check "is read as well" exits_with 1 session lagging/history.edn
check "and judged the same" sh -c 'sed -n "/guarantees/,/}/p" stdout >a; sed -n "/guarantees/,/}/p" stdout.jsonl >b; test -s a && cmp a b'
printf '%s\n' '[#jepsen.history.Op{:index 0, :time 1, :type :invoke, :process 0, :f :write, :value 1}' \
    '{:index 1, :time 2, :type :ok, :process 0, :f :write, :value 1' >broken.edn
check "a broken line of it is named" exits_with 2 session broken.edn
check "with where and what" has stderr "broken.edn:2: found the end of the file; expected '}' for what line 2 begins"
edn() { # the second operation of a history
    printf '%s\n' '{:type :invoke, :process 0, :f :write, :value 1, :time 5}' "$1" >wrong.edn
}
malformed_edn() { # name, message
    check "$1 is refused" exits_with 2 session wrong.edn
    check "in EDN's words" has stderr "orrery: wrong.edn:2: $2"
}
edn '{:type :done, :process 0, :f :write, :value 1}'
malformed_edn "a type that nobody knows" 'found :type :done; expected :invoke, :ok, :fail or :info'
edn '{:type "ok", :process :zero, :f :write}'
malformed_edn "a process that is a word" 'found :process :zero; expected a whole number, or :nemesis'
edn '{:process 0, :f :write, :value 1}'
malformed_edn "an operation without a type" 'found no :type; expected :invoke, :ok, :fail or :info'
edn '{:type :ok, :process 0, :value 1}'
malformed_edn "one without an f" "found no :f; expected the operation's name, such as :read"
edn '{:type :ok, :process 0, :f :read, :value 1}'
malformed_edn "a completion of another operation" 'found operation :read; expected write, which was invoked in line 1'
edn '{:type :ok, :process 0, :f :write, :value #{"a;" 1/2}, :time #inst "1985-04-12T23:20:50.52Z, or later"}'
malformed_edn "a time that is a date" 'found :time #inst "1985-04-12T23:20:50.52Z, or later...; expected a whole number of nanoseconds'
edn "$(printf '{:type :ok, :process 0, :f :write, :value "a\377"}')"
malformed_edn "a string that is no UTF-8" 'found :value "a\ufffd"; expected UTF-8'
edn '{:type :ok, :process 0, :f :write, :value "\ud800"}'
malformed_edn "half of a surrogate pair" 'found :value "\ud800"; expected a character, not half of a surrogate pair'
edn '{:type :ok, :process 0, :f :write, :value [:y 1]}'
malformed_edn "a completion with another key" 'found key "y"; expected null, which was invoked in line 1'
edn '{:type :ok, :process 0, :f :write, :type :ok}'
malformed_edn "a field that is there twice" 'found :type twice; expected it once'
edn '{:type :ok, :process 0, :f :write, :value {:a 1, "a" 2}}'
malformed_edn "a map with a key twice" 'found :value {:a 1, "a" 2}; expected an object without a member twice'
printf '%s\n' '[{"index":0,"time":1,"process":1,"type":"invoke","f":"read","value":null}]' >wrong.edn
check "a list of JSON is refused" exits_with 2 session wrong.edn
check "for what it is" has stderr 'wrong.edn:1: at column 3 found "\"index\":0,\"t"; expected a keyword, such as :type (JSON has an event a line, and nothing around)'
finish
