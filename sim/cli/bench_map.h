/*
 * For the benchmarks: ten keys of strings as one object, a map, that is judged whole. Judging
 * each key alone is what makes linearizability of many keys cheap; this is what it costs
 * without.
 */
#ifndef CLI_BENCH_MAP_H
#define CLI_BENCH_MAP_H

#include "check/check.h"

enum { BENCH_MAP_KEYS = 10 };

extern const struct check_spec bench_map_spec;
/* The history's keys, fewer than BENCH_MAP_KEYS beside null, become parts of one object. */
void bench_map_join_keys(struct history *);

#endif
