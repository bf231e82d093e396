#!/bin/sh
# What the machine may do to a run: full disks, folders that cannot be, files that are none, a gnuplot that fails. Each
# is said in a sentence, and nothing half written stays under a final name.
. "$(dirname "$0")/tap"
cat >run.lua <<'LUA'
sim.run_for "20s"
local a = sim.node("a", "postgres", {})
sim.workload { name = "app", clients = 4, target = a, rate = "100/s", mix = "A" }
sim.expect("fine", function() return true end)
sim.plot("series", { of = a, probes = "commits", title = "Commits" })
LUA
run() { "$ORRERY" run "$@"; }
mkdir folder.lua
ln -s loop.lua loop.lua
truncate -s 1G big.lua
check "a folder as a scenario" exits_with 2 run folder.lua
check "is said to be one" has stderr "folder.lua: found no file that can be read (Is a directory); expected a scenario"
check "a link that is a loop" exits_with 2 run loop.lua
check "is said to be one" has stderr "loop.lua: found no file that can be read (Too many levels of symbolic links)"
check "a scenario of 1 GB" exits_with 2 run big.lua
check "is too large" has stderr "File too large); expected a scenario of less than 16 MB"
check "so is a device without end" exits_with 2 run /dev/zero
check "none of them leaves a folder" test ! -e out

ln -s ring ring
touch file
for place in ring/x file file/x /dev/null/x; do
    check "--out $place" exits_with 2 run run.lua --quiet --out $place
    check "--out $place: is said" has stderr "expected a folder to write to (--out DIR)"
done
if [ "$(id -u)" != 0 ]; then
    mkdir locked && chmod 555 locked
    check "a folder that may not be written" exits_with 2 run run.lua --quiet --out locked/x
fi

run run.lua --quiet --no-plots --out kept >/dev/null 2>&1
cp -r kept before
small() { (ulimit -f 16 && "$ORRERY" run run.lua --seed 2 --no-plots --trace full --out "$1"); }
check "a disk that takes no more" exits_with 4 small fresh
check "is said, with the file" has stderr ".jsonl: File too large; nothing of this run was kept"
check "and leaves nothing" test -z "$(ls fresh)"
check "a disk that takes no more, where an earlier run is" exits_with 4 small kept
check "leaves that as it was" diff -r kept before
if [ "$(id -u)" = 0 ] && mkdir full && mount -t tmpfs -o size=64k tmpfs full 2>/dev/null; then
    check "a file system that is full" exits_with 4 run run.lua --no-plots --trace full --out full/x
    check "is said" has stderr "No space left on device; nothing of this run was kept"
    check "and nothing is left" test -z "$(find full -type f)"
    umount full
fi
check "stdout that takes nothing" sh -c '"$ORRERY" run run.lua --no-plots --out o >/dev/full 2>said; test $? -eq 4'
check "is said" has said "stdout: No space left on device"
check "and the run is kept" test -f o/summary.json

mkdir bin
fake() { printf '#!/bin/sh\n%s\n' "$1" >bin/gnuplot && chmod +x bin/gnuplot; }
with_fake() { PATH=$PWD/bin:$PATH "$ORRERY" run run.lua --out plotted; }
fake 'echo "no terminal of that name" >&2; exit 1'
check "a gnuplot that fails fails no run" exits_with 0 with_fake
check "its words are told" has stderr "no plot series.svg"
check "all of them" has stderr "no terminal of that name"
check "no plot is named" has_not stdout "series.svg"
fake 'kill -9 $$'
check "one that is killed" exits_with 0 with_fake
check "is told" has stderr "gnuplot failed and did not say why"
check "no half plot is left" sh -c '! ls plotted | grep -e svg -e partial'
finish
