#!/bin/sh
# Every scenario, model and solution in Lua is clean to luacheck, as an editor would show it. Unused arguments are
# fine: a handler has those that it is given. Skipped where luacheck is not (Debian: lua-check).
set -u
cd "$(dirname "$0")/../.." || exit 2
[ "${ORRERY_BUILD:-gcc-O2}" = gcc-O2 ] || exit 77 # the program has no part in it
command -v luacheck >/dev/null || exit 77
# The names have no spaces.
# shellcheck disable=SC2046
luacheck --std lua54 --read-globals sim --ignore 212 --no-max-line-length --no-color -q \
    $(find scenarios tests/labs -name '*.lua' ! -name orrery.lua | LC_ALL=C sort)
