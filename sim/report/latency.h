/*
 * A distribution of durations, for percentiles: exact for the first 65,536 values, then counted in
 * log-linear buckets as HdrHistogram does (hdrhistogram.org): 1024 buckets for each power of two,
 * so that a percentile is at most 0.1% too high and never too low. Integers only; adding is O(1).
 * Owner: who declared it; a zeroed struct is empty; latency_free when done.
 */
#ifndef REPORT_LATENCY_H
#define REPORT_LATENCY_H

#include <stddef.h>
#include <stdint.h>

enum { LATENCY_EXACT_MAX = 65536 };

struct latency {
    int64_t *exact;
    size_t capacity;
    uint64_t *buckets; /* NULL while all values are kept */
    int64_t count, min, max;
    int64_t sorted; /* how many of `exact` are in order */
};

void latency_add(struct latency *, int64_t ns); /* negative ones count as 0 */
/* The smallest value that at least numerator/denominator of all values do not pass (nearest rank);
 * 0 when there are none. May sort what is kept. */
int64_t latency_quantile(struct latency *, int64_t numerator, int64_t denominator);
void latency_clear(struct latency *); /* keeps its memory */
void latency_free(struct latency *);

#endif
