#!/bin/sh
# What the command line says: help, versions, and what is wrong with a wrong one.
. "$(dirname "$0")/tap"

check "without a command the help goes to stderr, and the exit code is 2" exits_with 2 "$ORRERY"
check "it names the commands" has stderr "verify"
check "--help goes to stdout" exits_with 0 "$ORRERY" --help
for command in run verify sweep grade pack check story export plot models version bench; do
    check "$command --help succeeds" exits_with 0 "$ORRERY" $command --help
    check "$command --help shows an example" has stdout "orrery $command"
done
check "a command that nearly exists is guessed" exits_with 2 "$ORRERY" vreify
check "and named" has stderr "orrery: unknown command 'vreify'; did you mean 'verify'?"
check "a scenario without a command is told apart" exits_with 2 "$ORRERY" x.lua
check "with the command to use" has stderr "did you mean 'orrery run x.lua'?"
check "an option that nearly exists is guessed" exits_with 2 "$ORRERY" run --sed 3 x.lua
check "and named too" has stderr "orrery: run: unknown option '--sed'; did you mean '--seed'?"
check "an option without its value is refused" exits_with 2 "$ORRERY" run x.lua --seed
check "with its name" has stderr "--seed has no value"
check "a seed that is no number is refused" exits_with 2 "$ORRERY" run x.lua --seed seven
check "with what was expected" has stderr "'seven' is no seed; expected a whole number"
check "a duration without a unit is refused" exits_with 2 "$ORRERY" run x.lua --until 30
check "with the option's name" has stderr "orrery: --until:"
check "a setting without a value is refused" exits_with 2 "$ORRERY" run x.lua --set burst
check "with an example" has stderr "expected NAME=VALUE, such as burst=1GB"
check "a trace level that does not exist is refused" exits_with 2 "$ORRERY" run x.lua --trace al
check "a scenario that does not exist is refused" exits_with 2 "$ORRERY" run nosuch.lua
check "by its name" has stderr "orrery: nosuch.lua:"
check "no scenario at all is refused" exits_with 2 "$ORRERY" run
check "two scenarios are refused" exits_with 2 "$ORRERY" run a.lua b.lua
check "grade wants a folder" exits_with 2 "$ORRERY" grade
check "models lists postgres" exits_with 0 "$ORRERY" models
check "with a summary" has stdout "postgres"
check "models NAME tells its knobs" exits_with 0 "$ORRERY" models postgres
check "with choices" has stdout "off|local|remote_write|on|remote_apply"
check "in 80 columns" awk 'length($0) > 80 { print; wide = 1 } END { exit wide }' stdout
check "a model that nearly exists is guessed" exits_with 2 "$ORRERY" models postgers
check "and named at last" has stderr "did you mean 'postgres'?"
check "version tells its Lua" exits_with 0 "$ORRERY" version
check "of the 5.4 line" has stdout "Lua 5.4"
check "plot of no run is refused" exits_with 2 "$ORRERY" plot .
check "and says what it wants" has stderr "expected the folder of a run"
finish
