#!/bin/sh
# orrery check register, cas-register, kv: exit codes, the explanation word for word, the picture, Jepsen's form, limits
# that are kept; and sim.check, which judges a run's own history.
. "$(dirname "$0")/tap"
judge() { "$ORRERY" check "$@"; }
golden=$root/tests/golden/not_linearizable

# --- verdicts and explanation ---
check "a history that fails is exit 1" exits_with 1 judge register "$golden.jsonl"
check "with an explanation, word for word (accept a change only if it tells more)" diff stdout "$golden.txt"
sed '/"value":1}$/d' "$golden.jsonl" | head -n 6 >good.jsonl
check "without that operation it is exit 0" exits_with 0 judge register good.jsonl
check "and says what it is" has stdout "linearizable: what 1 operation saw"
check "of another kind it is exit 2, with the line" exits_with 2 judge kv good.jsonl
check "and what was expected" has stderr 'good.jsonl:1: found the operation "write"; expected get, put or append'
if command -v python3 >/dev/null; then
    "$ORRERY" check register "$golden.jsonl" >bad.json
    cat >one.py <<'PY'
import json
anomaly = json.load(open("bad.json"))["anomalies"][0]  # fails on anything but one object
assert anomaly["name"] == "not-linearizable" and anomaly["key"] == "x" and anomaly["fails_up_to_line"] == 8
assert anomaly["stuck"]["possible"] == [2, 3] and anomaly["operations"][0]["line"] == anomaly["stuck"]["line"] == 6
assert [step["state"] for step in anomaly["linearization"]["steps"]] == [1, 2, 2]
PY
    check "it is one JSON object" python3 one.py
fi

if command -v script >/dev/null; then
    TERM=dumb script -qec "$ORRERY check register $golden.jsonl >json" /dev/null | tr -d '\r' >stdout
    check "people get the order" has stdout "It fails up to line 8. The longest order of what was completed before:"
    check "step by step" has stdout "   2  process 2       write 2                   leaves 2"
    check "and what fits nowhere" has stdout "   -  process 1       read 1                    fits nowhere"
    sed 's/"value":2}/"value":"a value of some length, longer than there is room"}/' "$golden.jsonl" >long.jsonl
    TERM=dumb script -qec "$ORRERY check register long.jsonl >json" /dev/null | tr -d '\r' >stdout
    check "with long values cut" has stdout '   2  process 2       write "a val... room" (51 bytes) leaves a long value'
fi

# --- the picture ---
mkdir run
cp "$golden.jsonl" run/history.jsonl
printf '# from_s to_s kind label\n0.0035 0.0055 cut "cut a <-> b"\n' >run/marks.dat
check "--svg draws it" exits_with 1 judge register run/history.jsonl --svg why.svg
check "with the faults of its run" has why.svg "cut a &lt;-&gt; b"
if command -v xmllint >/dev/null; then check "the picture is well-formed" xmllint --noout why.svg; fi
if command -v rsvg-convert >/dev/null; then
    rsvg-convert -f png -o why.png why.svg
    check "and not blank" test "$(wc -c <why.png)" -gt 8000
fi
cat >run/history.jsonl <<'J'
{"index":0,"time":1000000000,"process":1,"type":"invoke","f":"write","value":1}
{"index":1,"time":1001000000,"process":1,"type":"ok","f":"write","value":1}
{"index":2,"time":1001000000,"process":2,"type":"invoke","f":"read","value":null}
{"index":3,"time":1002000000,"process":2,"type":"ok","f":"read","value":2}
J
printf '# from_s to_s kind label\n1.000 1.001 cut "cut"\n' >run/marks.dat
check "a fault that ends with two events" exits_with 1 judge register run/history.jsonl --svg moments.svg
check "ends with the second" has moments.svg 'width="430.0"'
cat >accents.jsonl <<'J'
{"index":0,"time":1,"process":1,"type":"invoke","f":"write","key":"\u00e9\uffff","value":"eeeeeeeeeeeeeeeeeeeeeeeéééééééééééééééééééééééééééééééééééééééééé"}
{"index":1,"time":2,"process":1,"type":"ok","f":"write","key":"\u00e9\uffff","value":"eeeeeeeeeeeeeeeeeeeeeeeéééééééééééééééééééééééééééééééééééééééééé"}
{"index":2,"time":3,"process":2,"type":"invoke","f":"read","key":"\u00e9\uffff","value":null}
{"index":3,"time":4,"process":2,"type":"ok","f":"read","key":"\u00e9\uffff","value":"ééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééé"}
J
check "in any language" exits_with 1 judge register accents.jsonl --svg accents.svg
if command -v rsvg-convert >/dev/null; then check "which any viewer opens" rsvg-convert -o accents.png accents.svg; fi
check "where nothing fails nothing is drawn" exits_with 0 judge register good.jsonl --svg none.svg
check "at all" test ! -e none.svg
check "a file that cannot be written is told" exits_with 2 judge register "$golden.jsonl" --svg no/such/place.svg
check "by name" has stderr "no/such/place.svg: No such file"

# --- Jepsen's form ---
cat >keys.edn <<'EDN'
{:process 0, :type :invoke, :f :write, :value [k 1]}
{:process 0, :type :ok, :f :write, :value [k 1]}
{:process 1, :type :invoke, :f :cas, :value [k [1 2]]}
{:process 1, :type :ok, :f :cas, :value [k [1 2]]}
{:process :nemesis, :type :info, :f :start, :value nil}
{:process 2, :type :invoke, :f :read, :value [j nil]}
{:process 2, :type :ok, :f :read, :value [j nil]}
{:process 2, :type :invoke, :f :read, :value [k nil]}
{:process 2, :type :ok, :f :read, :value [k 2]}
EDN
check "independent keys, of a cas too, without times" exits_with 0 judge cas-register keys.edn
check "are two" has stdout '"keys": 2'
sed 's/\[k 2\]/[k 1]/' keys.edn >stale.edn
check "a stale read is found" exits_with 1 judge cas-register stale.edn
check "and told" has stdout 'the read of 1 by process 2 (lines 8 to 9) fits nowhere: key \"k\" can only have held 2'

# --- limits: a subset sum, for which there is no short way ---
awk 'function event(p, type, f, v) {
        printf "{\"index\":%d,\"time\":%d,\"process\":%d,\"type\":\"%s\",\"f\":\"%s\",\"key\":1,\"value\":%s}\n", n, n, p, type, f, v
        n++
    }
    BEGIN {
        for (i = 1; i <= 40; i++) { part = part "aa"; all = all part; event(i, "invoke", "append", "\"" part "\"") }
        event(0, "invoke", "get", "null")
        event(0, "ok", "get", "\"" substr(all, 1, 801) "\"")
    }' >hard.jsonl
sed 's/"key":1/"key":2/; s/"process":/"process":5/' hard.jsonl | grep get | sed 's/"a*"}/"z"}/' >wrong.jsonl
sed 's/"time":[0-9]*/"time":99/' wrong.jsonl >>hard_and_wrong.jsonl
cat hard.jsonl hard_and_wrong.jsonl >both.jsonl
begun=$(date +%s)
check "one that would take for ever is unknown" exits_with 3 judge kv hard.jsonl --timeout 1s
check "soon after the time is over" test $(($(date +%s) - begun)) -le 3
check "and says what it knows" has stdout "of 1 key 0 are linearizable, 0 not, 1 unknown"
check "so it is where memory is" exits_with 3 judge kv hard.jsonl --memory 20MB
check "and says that" has stdout "more memory was needed than --memory allows"
check "a key that fails is found, whatever another one takes" exits_with 1 judge kv both.jsonl --timeout 1s
check "and told" has stdout 'key 2 can only have held \"\"'

# --- sim.check ---
cp "$root"/scenarios/first/register.lua "$root"/scenarios/first/register_server.lua "$root"/scenarios/first/users.lua .
sed 's/^sim.check.*//' register.lua >plain.lua
{ cat plain.lua; echo 'sim.check "register"'; } >judged.lua
digest() { sed -n 's/.*"digest": *"\([0-9a-f]*\)".*/\1/p' "$1/summary.json"; }
same_digest() { [ -n "$(digest "$1")" ] && [ "$(digest "$1")" = "$(digest "$2")" ]; }
check "a run that is judged" exits_with 0 "$ORRERY" run judged.lua --no-plots --out judged
check "has the verdict in its summary" has stdout "check: register"
check "and in the file" has judged/summary.json '"kind": "check"'
check "a run that is not" exits_with 0 "$ORRERY" run plain.lua --no-plots --quiet --out plain
check "has the same digest" same_digest judged plain
check "it is the same in two processes" exits_with 0 "$ORRERY" verify judged.lua
check "a run that fails" exits_with 1 "$ORRERY" run judged.lua --set bug=true --no-plots --out wrong
check "says why" has stdout "nobody had"
check "and draws it" has wrong/check_register.svg "fits nowhere"
check "under a name that is told" has wrong/summary.json '"file": "check_register.svg"'
check "a good run in its place" exits_with 0 "$ORRERY" run judged.lua --no-plots --quiet --out wrong
check "leaves no old picture" test ! -e wrong/check_register.svg
stale=$root/scenarios/replication/stale_standby.lua
check "a scenario may want to see it fail" exits_with 0 "$ORRERY" run "$stale" --no-plots --out stale
check "and says so" has stdout "demonstrates: register"
check "else it fails" exits_with 1 "$ORRERY" run "$stale" --set read_from=primary --no-plots --out fresh
check "and says why" has stdout "this run"
check "a sweep judges each run" exits_with 1 "$ORRERY" sweep "$stale" --set read_from=primary --seeds 1-3
check "and groups them by the check" has stdout "3 x demonstrates  register"
printf 'sim.run_for "1s"\nsim.node("n", "echo")\nsim.check "register"\n' >nothing.lua
check "nothing to judge is inconclusive" exits_with 3 "$ORRERY" run nothing.lua --no-plots --out nothing
check "and says that" has stdout "there was nothing to judge"
printf '\nsim.check "kv"\n' >>judged.lua
check "a history of another kind too" exits_with 3 "$ORRERY" run judged.lua --no-plots --out other
check "and says what is wrong" has stdout 'found the operation'
finish
