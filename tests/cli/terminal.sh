#!/bin/sh
# What a terminal of 80 columns shows, and a pipe, and CI, and who asked for no colours.
. "$(dirname "$0")/tap"
if ! command -v script >/dev/null || ! command -v stty >/dev/null; then
    skip "a terminal" "no script(1)"
    finish
fi
export LC_ALL=C TERM=xterm
unset NO_COLOR CI
scenario 100000s | sed 's|50/s|2k/s|' >long.lua
cat >some.lua <<'LUA'
sim.run_for "2s"
local a = sim.node("a", "echo", {})
local n = sim.rng("n"):int(1, 10)
sim.expect("a name that is long enough to reach the right border of any terminal that was ever sold", function() return n <= 8, "it is " .. n end)
LUA
escape=$(printf '\033')
# columns, command: on a terminal that wide; `shown` is all that it was sent, `lines` what stood in it at any moment.
on_terminal() {
    columns=$1
    shift
    script -qec "stty cols $columns rows 24; $*" /dev/null >shown </dev/null
    tr '\r' '\n' <shown | sed "s/$escape\[[0-9;]*[A-Za-z]//g" >lines
}
fits() { # columns
    awk -v most="$1" 'length($0) > most { print length($0) ": " $0; bad = 1 } END { exit bad }' lines
}
without_commands() { grep -v "^ *./orrery run " lines >kept && mv kept lines; } # to be copied, however long
colours() { grep -q "$escape\[[0-9;]*m" shown; }
no_colours() { ! colours; }
draws() { grep -q "$escape\[K" shown; }
no_drawing() { ! grep -q "$escape" shown; }

on_terminal 80 "$ORRERY" run long.lua --until 600s --no-plots --out run
check "run: 80 columns are enough" fits 80
check "  a bar is drawn" draws
check "  with what is done, what is left, virtual and wall time" grep -Eq '#+\.+  [0-9]+%.* of 600s.*wall [0-9]+s' lines
check "  and is gone in the end" sh -c 'tail -n 5 lines | grep -q digest && ! tail -n 5 lines | grep -q "####"'
check "  the summary has colours" colours
"$ORRERY" run some.lua --no-plots --out run >plain </dev/null
on_terminal 80 "$ORRERY" run some.lua --no-plots --out run
same_words() { # each where it stands without colours
    sed -n '/^$/d; /^expectations/,/^  repeat/p' plain >one
    sed -n '/^$/d; /^expectations/,/^  repeat/p' lines >other
    test -s one && diff one other
}
check "  colours take no room" same_words
for columns in 40 60; do
    on_terminal $columns "$ORRERY" run long.lua --until 600s --no-plots --out run
    sed -n '/%/p' lines >bars && mv bars lines
    check "run: the bar fits in $columns" fits $columns
done
on_terminal 80 NO_COLOR=1 "$ORRERY" run some.lua --no-plots --out run
check "run: NO_COLOR" no_colours
on_terminal 80 TERM=dumb "$ORRERY" run long.lua --until 600s --no-plots --out run
check "run: a terminal that only prints lines is sent nothing else" no_drawing
on_terminal 80 "$ORRERY" sweep some.lua --seeds 1-60 --jobs 2
without_commands
check "sweep: 80 columns are enough" fits 80
on_terminal 80 "$ORRERY" grade "$root/scenarios/labs/ping" --seeds 1-10 --jobs 2
without_commands
check "grade: 80 columns are enough" fits 80
on_terminal 80 "$ORRERY" story run
check "story: has colours" colours
on_terminal 80 NO_COLOR=1 "$ORRERY" story run
check "  none with NO_COLOR" no_colours

for what in "run long.lua --until 600s --no-plots --out run" "sweep some.lua --seeds 1-20 --jobs 2" "story run" \
    "grade $root/scenarios/labs/ping --seeds 1-5"; do
    # shellcheck disable=SC2086
    "$ORRERY" $what >shown 2>&1 </dev/null
    check "a pipe, ${what%% *}: no escapes" no_drawing
    check "  nor returns" sh -c '! grep -q "$(printf "\r")" shown'
done
finish
