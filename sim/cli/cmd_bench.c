/* `orrery bench`: runs the benchmarks that were asked for and prints their rates, never a verdict.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bench.h"
#include "commands.h"

enum { RUNS_MAX = 99 };

double bench_now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static int by_seconds(const void *a, const void *b) {
    const struct bench_result *x = a, *y = b;
    const double p = x->seconds / (double)x->work, q = y->seconds / (double)y->work;
    return p < q ? -1 : p > q;
}

static void print_params(const char *params, char *words, size_t size) {
    size_t n = 0;
    for (; *params && n + 1 < size; params++)
        if (*params != '"') words[n++] = *params == ':' ? '=' : *params == ',' ? ' ' : *params;
    words[n] = '\0';
}

static int run_one(const struct bench *bench, int runs, bool json) {
    struct bench_result results[RUNS_MAX];
    for (int i = 0; i < runs; i++) {
        struct text error = {0};
        if (!bench->run(bench, &results[i], &error)) {
            fprintf(stderr, "orrery: bench %s: %s\n", bench->name, text_string(&error));
            text_free(&error);
            return 4;
        }
        text_free(&error);
    }
    qsort(results, (size_t)runs, sizeof *results, by_seconds);
    const struct bench_result r = results[runs / 2];
    const double rate = (double)r.work / r.seconds;
    if (json) {
        printf("{\"bench\":\"%s\",\"params\":{%s},\"work\":%lld,\"unit\":\"%s\",\"seconds\":%.6f,"
               "\"rate\":%.0f",
               bench->name, bench->params, (long long)r.work, bench->unit, r.seconds, rate);
        if (r.memory) printf(",\"memory\":%lld", (long long)r.memory);
        printf("}\n");
    } else {
        char words[96];
        print_params(bench->params, words, sizeof words);
        printf("%-15s %-34s %9.3f M %s/s %8.1f ns", bench->name, words, rate / 1e6, bench->unit,
               1e9 / rate);
        if (r.memory) printf(" %9.3f ms %6.2f MB", r.seconds * 1e3, (double)r.memory / 1e6);
        printf("\n");
    }
    fflush(stdout);
    return 0;
}

static const char help[] =
    "usage: orrery bench [NAME...] [--runs N] [--json]\n\n"
    "Runs the benchmarks (all, or those named) and prints the median rate of N runs.\n"
    "They are measurements, never tests: machines differ, quote ratios.\n\n"
    "  --runs N   runs of each, 1 to 99 (usually 3)\n"
    "  --json     one object a line\n\n"
    "benchmarks: phold phold-law phold-stream queue ring lua-ring wal raft paxos\n"
    "            check check-porcupine\n\n"
    "example: orrery bench phold --runs 7\n";

static bool wanted(const struct bench *bench, char **names, int count) {
    for (int i = 0; i < count; i++)
        if (strcmp(names[i], bench->name) == 0) return true;
    return count == 0;
}

int cmd_bench(int argc, char **argv) {
    static const struct option options[] = {{"help", no_argument, NULL, 'h'},
                                            {"json", no_argument, NULL, 'j'},
                                            {"runs", required_argument, NULL, 'r'},
                                            {0}};
    bool json = false;
    int runs = 3, option;
    while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
        if (option == 'h') {
            fputs(help, stdout);
            return 0;
        }
        if (option == 'j')
            json = true;
        else if (option == 'r')
            runs = atoi(optarg);
        else
            return 2;
    }
    if (runs < 1 || runs > RUNS_MAX) {
        fprintf(stderr, "orrery: --runs is out of range; expected 1 to %d\n", RUNS_MAX);
        return 2;
    }
    int ran = 0, status = 0;
    const struct bench *const tables[] = {bench_engine, bench_scenario, bench_check};
    for (size_t t = 0; t < sizeof tables / sizeof *tables; t++)
        for (const struct bench *b = tables[t]; b->name && !status; b++)
            if (wanted(b, argv + optind, argc - optind)) {
                ran++;
                status = run_one(b, runs, json);
            }
    if (!ran) {
        fprintf(stderr,
                "orrery: no benchmark \"%s\"; expected one of phold, phold-law, phold-stream, "
                "queue, ring, lua-ring, wal, raft, paxos, check, check-porcupine\n",
                argv[optind]);
        return 2;
    }
    return status;
}
