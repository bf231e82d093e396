#!/bin/sh
# The stories of a few runs, word for word. Accept a change only if you can say what caused it; then
#   ORRERY=build/orrery tests/golden/stories.sh --rewrite
. "$(dirname "$0")/../tap"
story() { # golden file, scenario, arguments...
    golden=tests/golden/$1
    n=$((n + 1))
    name=$1 scenario=$2
    shift 2
    "$orrery" run "$scenario" --no-plots --quiet --out "$work/run" "$@" >"$work/log" 2>&1 </dev/null
    if [ "$rewrite" = yes ]; then
        cp "$work/run/story.txt" "$golden"
    elif diff "$golden" "$work/run/story.txt" >"$work/diff" 2>&1; then
        echo "ok $n - $name"
    else
        echo "not ok $n - $name"
        head -n 20 "$work/diff" | sed 's/^/# /'
    fi
    rm -rf "$work/run"
}
rewrite=no
[ "${1-}" != --rewrite ] || rewrite=yes
story echo.txt scenarios/first/echo.lua --until 500ms
story heartbeat.txt scenarios/first/heartbeat.lua
story client.txt tests/golden/client.lua
story postgres.txt scenarios/replication/lag_idle_trap.lua --until 60ms
story raft.txt scenarios/consensus/bugs/commit_old_term.lua
story failover.txt scenarios/replication/asynchronous_loss.lua --until 14s
story paxos.txt scenarios/consensus/duelling_proposers.lua --set cure=backoff --until 1200ms
[ "$rewrite" = yes ] || echo "1..$n"
