#!/bin/sh
# Each reader of what people write or machines send is fed with what nobody would (libFuzzer, with ASan and
# UBSan). Here for a few seconds, from seeds and a fixed random seed; for hours:
#
#   tests/fuzz/run.sh fuzz_units 3600 [CORPUS_FOLDER]
#
# A finding is written to crash-*, and `build/fuzz/fuzz_units crash-...` repeats it.
set -u
cd "$(dirname "$0")/../.." || exit 2
case ${ORRERY_BUILD:-clang-asan} in clang-asan) ;; *) exit 77 ;; esac # once is enough
command -v clang >/dev/null || exit 77
echo 'int LLVMFuzzerTestOneInput(const char *d, unsigned long s); int LLVMFuzzerTestOneInput(const char *d, unsigned long s) { return !d && s; }' |
    clang -fsanitize=fuzzer,address -x c - -o "${TMPDIR:-/tmp}/fuzzer-there" 2>/dev/null || exit 77
out=${TMPDIR:-/tmp}/orrery-fuzz
[ $# -eq 0 ] || out=build/fuzz
mkdir -p "$out"
build() { # target, sources
    name=$1
    shift
    clang -std=gnu11 -D_GNU_SOURCE= -O1 -g -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all \
        -ffp-contract=off -Isim "tests/fuzz/$name.c" "$@" -o "$out/$name" -lcjson -lm 2>"$out/$name.log"
}
sources_of() {
    case $1 in
    fuzz_faults) echo sim/base/*.c sim/world/*.c sim/explore/plan.c sim/script/nearest.c ;;
    fuzz_history) echo sim/base/*.c sim/check/*.c sim/check/session/*.c sim/check/linear/*.c ;;
    *) echo sim/base/*.c ;;
    esac
}
seeds_of() { # a folder of a few inputs that are right
    mkdir -p "$out/$1.seeds"
    case $1 in
    fuzz_units)
        i=0
        for word in 5ms 1.5s 200MB 1Gbit/s 10% 50ppm 500/s 0.25 2k 3min; do
            i=$((i + 1))
            printf %s "$word" >"$out/$1.seeds/$i.in"
        done
        ;;
    fuzz_faults)
        printf '{"t":1000000,"kind":"cut","a":"a","b":"b","x":0,"y":0,"until":500000000}\n{"t":2,"kind":"crash","a":"c","x":1}\n' >"$out/$1.seeds/two.in"
        printf '{"t":5,"kind":"clock_jump","a":"a","x":-1000}\n{"t":7,"kind":"pause","a":"b","until":9}\n' >"$out/$1.seeds/more.in"
        ;;
    fuzz_history)
        line='{"index":0,"time":%d,"process":%d,"type":"%s","f":"%s","key":"x","value":%s%s}\n'
        # The format is one.
        # shellcheck disable=SC2059
        for version in '' 5; do
            rest=${version:+,\"version\":$version}
            {
                printf "$line" 1 1 invoke write 7 ',"client":"a"'
                printf "$line" 2 1 ok write 7 "$rest"
                printf "$line" 3 2 invoke read null ',"client":"a"'
                printf "$line" 4 2 ok read 7 "$rest"
            } >"$out/$1.seeds/four$version.in"
        done
        # Some that fail, and one that nobody knows the outcome of.
        cp tests/golden/not_linearizable.jsonl "$out/$1.seeds/stale.in"
        printf '{:process 0 :type :invoke :f :%s :value [k %s]}\n{:process 0 :type :%s :f :%s :value [k %s]}\n' \
            write 0 ok write 0 cas '[0 1]' info cas '[0 1]' >"$out/$1.seeds/cas.in"
        printf '{:process 0 :type :invoke :f :%s :key 1 :value %s}\n{:process 0 :type :%s :f :%s :value %s}\n' \
            put '"a"' ok put '"a"' append '"b"' ok append '"b"' get nil ok get '"aa"' >"$out/$1.seeds/kv.in"
        printf '{"index":0,"time":1,"process":"nemesis","type":"info","f":"cut","value":[{"a":1e1},"\\u00e9"]}\n' >"$out/$1.seeds/nemesis.in"
        printf '%s\n' '[#op{:index 0 :time 1, :process 1 :type :invoke :f :write :value ["k" 1N]}' \
            '{:process 1, :type :ok, :f :write, :value ["k" 1], :time 2, :note #{\c (1/2 {2 -1.5M})}} ; so]' \
            ']' >"$out/$1.seeds/edn.in"
        printf '%s\n' '; of a cluster' '({:process 1,' ' :type :invoke, #_ {:no #{1 1}}' ' :f :read, :value [k nil]}' \
            '{:value {[1] #"\d"}, :process :nemesis, :type :info, :f :cut, :error #error {' ':via ["a' 'b"]}}' \
            '#_{:type :ok}' '{:process 1, :type :ok, :f :read, :value #t [k ##NaN], :time -1})' >"$out/$1.seeds/lines.in"
        ;;
    fuzz_value) printf '\003\001\000\000\000\000\000\000\000' >"$out/$1.seeds/one.in" ;;
    esac
}
n=0
fuzz() { # target, seconds, corpus
    n=$((n + 1))
    # The sources are words.
    # shellcheck disable=SC2046
    if ! build "$1" $(sources_of "$1"); then
        echo "not ok $n - $1 does not build"
        sed 's/^/# /' "$out/$1.log"
        return
    fi
    seeds_of "$1"
    mkdir -p "$out/$1.corpus"
    if "$out/$1" -seed=1 -max_total_time="$2" -max_len=512 -timeout=10 -artifact_prefix="$out/" \
        "${3:-$out/$1.corpus}" "$out/$1.seeds" >"$out/$1.log" 2>&1; then
        echo "ok $n - $1, $(grep -o 'DONE.*' "$out/$1.log" | head -n 1 | tr -d '#')"
    else
        echo "not ok $n - $1"
        tail -n 30 "$out/$1.log" | sed 's/^/# /'
    fi
}
if [ $# -gt 0 ]; then
    fuzz "$@"
else
    for target in fuzz_units fuzz_value fuzz_faults fuzz_history; do fuzz $target 5; done
fi
echo "1..$n"
