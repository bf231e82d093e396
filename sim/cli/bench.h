/*
 * Benchmarks: each is a function that does some work and says how much of it, so that the command
 * can repeat it, take the median and print a rate. They are never tests: machines differ.
 */
#ifndef CLI_BENCH_H
#define CLI_BENCH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"

struct bench_result {
    int64_t work;   /* how many of `unit` were done */
    double seconds; /* of the measured part, wall time */
    int64_t memory; /* bytes at most in use; 0: not counted */
};
struct bench {
    const char *name;   /* "phold" */
    const char *params; /* as JSON members, "\"nodes\":1000,\"pending\":10" */
    const char *unit;   /* "events" */
    /* False with a sentence in `error` when it cannot run here. */
    bool (*run)(const struct bench *, struct bench_result *, struct text *error);
    int64_t a, b, c;    /* what run() makes of them */
};

extern const struct bench bench_engine[];   /* nameless at the end */
extern const struct bench bench_check[];
extern const struct bench bench_scenario[]; /* those that run a script */

double bench_now(void); /* seconds, of a monotonic clock */

#endif
