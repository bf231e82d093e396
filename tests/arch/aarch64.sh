#!/bin/sh
# The same digests on aarch64 as here, by a cross compiler and qemu's user emulation; skipped where
# these are not installed (Debian: gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user-static).
set -eu
cd "$(dirname "$0")/../.."
[ "${ORRERY_BUILD:-gcc-O2}" = gcc-O2 ] || exit 77 # the compilers here are its own
command -v aarch64-linux-gnu-gcc >/dev/null && command -v qemu-aarch64-static >/dev/null || exit 77
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# Headers that are the same for every machine; the compiler's own folders are the other machine's.
mkdir "$work/include"
for header in xxhash.h xxh3.h; do
    if [ -e "/usr/include/$header" ]; then cp "/usr/include/$header" "$work/include/"; fi
done
build() { # compiler, program, more
    compiler=$1 program=$2
    shift 2
    # A model sees its own folder through models/.
    "$compiler" -std=gnu11 -D_GNU_SOURCE= -O2 -ffp-contract=off -Isim -I. -Imodels -I"$work/include" "$@" \
        -o "$program" tests/arch/digests.c sim/base/*.c sim/world/*.c models/*.c models/*/*.c models/*/*/*.c -lm
}
build cc "$work/here"
build aarch64-linux-gnu-gcc "$work/there" -static
"$work/here" >"$work/here.txt"
qemu-aarch64-static "$work/there" >"$work/there.txt"
diff "$work/here.txt" "$work/there.txt"
[ "$(wc -l <"$work/here.txt")" -eq 11 ]
