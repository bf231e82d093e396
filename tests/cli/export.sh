#!/bin/sh
# Exports keep to the formats that their readers document, field by field.
. "$(dirname "$0")/tap"
cat >run.lua <<'LUA'
sim.run_for "3s"
local a = sim.node("node a", "postgres", {})
local b = sim.node("b", "postgres", { upstream = a })
sim.links { delay = "1ms", duplicate = "5%" }
sim.workload { name = "app", clients = 2, target = a, rate = "20/s", mix = "A", users = 50 }
sim.at("1s", function() b:pause "200ms" end)
sim.expect("fine", function() return true end)
LUA
exported() { "$ORRERY" export folder "$@"; }
check "a run with a full trace" exits_with 0 "$ORRERY" run run.lua --trace full --no-plots --out folder
for tool in perfetto shiviz jepsen; do
    check "$tool: exported" exits_with 0 exported --to $tool
    check "$tool: the file is named" has stdout "folder/"
done
check "the run's own files are left" test -f folder/summary.json
check "no half file is left" sh -c '! ls folder | grep partial'
if command -v python3 >/dev/null; then
    cat >perfetto.py <<'PY'
import json, sys
events = json.load(open("folder/perfetto.json"))["traceEvents"]
starts, ends, spans, threads = {}, {}, {}, {}
for e in events:
    assert e["ph"] in "MXisfbe", e
    assert isinstance(e["pid"], int) and isinstance(e["tid"], int) and isinstance(e["ts"], float), e
    assert e["ts"] >= 0 and isinstance(e["name"], str) and e["name"], e
    if e["ph"] == "M": assert e["name"] == "process_name"; threads[e["pid"]] = e["args"]["name"]
    if e["ph"] == "X": assert e["dur"] > 0 and "seq" in e["args"], e
    if e["ph"] == "i": assert e["s"] == "t"
    if e["ph"] == "s": starts[e["id"]] = e
    if e["ph"] == "f": assert e["bp"] == "e"; ends.setdefault(e["id"], []).append(e)
    if e["ph"] in "be":
        spans.setdefault((e["cat"], e["id"]), []).append(e["ph"])
assert {"faults", "node a", "b", "app"} <= set(threads.values()), threads
assert ends and all(i in starts for i in ends), "an arrow that begins nowhere"
assert all(e["ts"] >= starts[i]["ts"] for i in ends for e in ends[i])
assert all(s in (["b"], ["b", "e"]) for s in spans.values()), "a span that ends before it begins"
assert any(c == "fault" for c, _ in spans) and any(c == "operation" for c, _ in spans)
slices = {(e["pid"], e["ts"]) for e in events if e["ph"] == "X"}
assert all((e["pid"], e["ts"]) in slices for i in ends for e in ends[i]), "an arrow without a slice to end in"
PY
    check "perfetto: the fields of the Trace Event Format" python3 perfetto.py
    cat >shiviz.py <<'PY'
import json, re
lines = open("folder/shiviz.log").read().split("\n")
last, seen = {}, 0
for head, event in zip(lines[0::2], lines[1::2]):
    host, clock = re.fullmatch(r"(\S*) ({.*})", head).groups()  # ShiViz's default expression
    clock = json.loads(clock)
    before = last.get(host, {})
    assert clock[host] == before.get(host, 0) + 1, "a host's own clock ticks by one"
    assert all(clock.get(h, 0) >= n for h, n in before.items()), "a clock never goes back"
    assert all(n <= last.get(h, {}).get(h, 0) for h, n in clock.items() if h != host), "nobody knows the future"
    last[host] = clock; seen += 1
    assert event
assert seen > 100 and "node_a" in last and last["b"].get("node_a"), "messages carry clocks"
PY
    check "shiviz: its default expression, and clocks that are vector clocks" python3 shiviz.py
else
    skip "perfetto: the fields of the Trace Event Format" "no python3"
    skip "shiviz: its default expression, and clocks that are vector clocks" "no python3"
fi
check "jepsen: an event a line, as many as the history has" sh -c '[ $(grep -c "^{:index [0-9]*, :time [0-9]*, :process [0-9]*, :type :\(invoke\|ok\|fail\|info\), :f :[a-z-]*, :value .*}$" folder/history.edn) -eq $(wc -l <folder/history.jsonl) ]'
check "jepsen: keys are tuples" grep -q ':type :invoke, :f :read, :value \[[0-9]* nil\][,}]' folder/history.edn
check "jepsen: in completions too" grep -q ':type :ok, :f :write, :value \[[0-9]* [0-9]*\][,}]' folder/history.edn
check "jepsen: who asked, and the version of what was seen" grep -q ':type :ok, :f :write, :value \[.*\], :client "app/[0-9]*", :version [0-9]*}$' folder/history.edn
check "to stdout" exits_with 0 exported --to jepsen --out -
check "it is the same" cmp stdout folder/history.edn
check "no full trace" exits_with 0 "$ORRERY" run run.lua --no-plots --out folder
check "it is told how to have one" exits_with 2 exported --to perfetto
check "  by the option" has stderr "--trace full"
check "a tool that does not exist" exits_with 2 exported --to perfeto
check "  has a nearest one" has stderr "did you mean perfetto"
check "a folder that is no run's" exits_with 2 "$ORRERY" export . --to jepsen
echo '{"index":0' >folder/history.jsonl
check "a broken history is told by file and line" exits_with 2 exported --to jepsen
check "  and leaves no half file" has stderr "history.jsonl:1: found no JSON object"
finish
