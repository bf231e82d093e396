#!/bin/sh
# Users as coroutines in Lua: what they ask is in the history, as every history has it.
. "$(dirname "$0")/tap"
run() { "$ORRERY" run "$root/scenarios/first/register.lua" --no-plots "$@"; }
check "users over a bad network" exits_with 0 run --out bad
check "some operations are refused" grep -q '"type":"fail".*"error":"a larger number is there"' bad/history.jsonl
check "some have no answer" grep -q '"type":"info".*"error":"timeout"' bad/history.jsonl
check "the law that is to find a wrong answer does" exits_with 1 run --set bug=true --out bug
check "and says which" has stdout "Reads Were Asked For was broken: 1001004 was read, and nobody had asked for"
check "over a good network" exits_with 0 run --set loss=0% --out good
check "the history is there" has good/history.jsonl '"type":"ok"'
check "each has an answer" has_not good/history.jsonl '"type":"info"'
if command -v python3 >/dev/null; then
    cat >history.py <<'PY'
import json, sys
open_, gone, last, users, asking = {}, set(), -1, {}, set()
for line in open("bad/history.jsonl"):
    e = json.loads(line)
    p = e["process"]
    assert e["time"] >= last and p not in gone
    last = e["time"]
    assert users.setdefault(p, e["client"]) == e["client"], "a process is one user's"
    if e["type"] == "invoke":
        assert p not in open_ and e["client"] not in asking
        asking.add(e["client"])
        open_[p] = e
    else:
        invoked = open_.pop(p)
        asking.remove(e["client"])
        assert invoked["f"] == e["f"]
        if e["type"] == "info": gone.add(p)
        if e["type"] == "info": assert e["time"] - invoked["time"] == 200000000, "patience"
assert len(open_) <= 3, "three users at once"
assert len(gone) > 10
assert len(set(users.values())) == 3 < len(users), "each goes on as others after unknown outcomes"
PY
    check "a process has one operation at a time, and none after info; a user is one client" python3 history.py
fi
finish
