/*
 * Percentiles by nearest rank, over sorted values or over log-linear buckets.
 *
 * A value below 2048 has a bucket of its own; above, the top 11 bits name the bucket: the power of
 * two and 1024 equal parts of it. The answer is the highest value of the bucket, or the greatest
 * seen.
 */
#include "report/latency.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/wide.h"

enum {
    PART_BITS = 10,
    PARTS = 1 << PART_BITS,
    BUCKETS = (63 - PART_BITS + 1) * PARTS,
};

static size_t bucket_of(int64_t value) {
    const uint64_t bits = (uint64_t)value;
    if (bits < 2 * PARTS) return (size_t)bits;
    const int shift = 63 - __builtin_clzll(bits) - PART_BITS;
    return (size_t)shift * PARTS + (size_t)(bits >> shift);
}

static int64_t bucket_top(size_t bucket) {
    if (bucket < 2 * PARTS) return (int64_t)bucket;
    const int shift = (int)(bucket / PARTS) - 1;
    const uint64_t part = bucket - (size_t)shift * PARTS;
    return (int64_t)(((part + 1) << shift) - 1);
}

static void change_to_buckets(struct latency *latency) {
    latency->buckets = must_calloc(BUCKETS, sizeof *latency->buckets);
    for (int64_t i = 0; i < latency->count; i++) latency->buckets[bucket_of(latency->exact[i])]++;
    free(latency->exact);
    latency->exact = NULL;
    latency->capacity = 0;
}

void latency_add(struct latency *latency, int64_t ns) {
    if (ns < 0) ns = 0;
    if (latency->count == 0 || ns < latency->min) latency->min = ns;
    if (latency->count == 0 || ns > latency->max) latency->max = ns;
    if (!latency->buckets && latency->count == LATENCY_EXACT_MAX) change_to_buckets(latency);
    if (latency->buckets) {
        latency->buckets[bucket_of(ns)]++;
    } else {
        latency->exact = must_grow(latency->exact, &latency->capacity, (size_t)latency->count + 1,
                                   sizeof *latency->exact);
        latency->exact[latency->count] = ns;
    }
    latency->count++;
}

static int by_value(const void *left, const void *right) {
    const int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;
    return (a > b) - (a < b);
}

int64_t latency_quantile(struct latency *latency, int64_t numerator, int64_t denominator) {
    if (latency->count == 0) return 0;
    int64_t rank = mul_div_up(latency->count, numerator, denominator);
    if (rank < 1) rank = 1;
    if (rank > latency->count) rank = latency->count;
    if (!latency->buckets) {
        if (latency->sorted != latency->count) {
            qsort(latency->exact, (size_t)latency->count, sizeof *latency->exact, by_value);
            latency->sorted = latency->count;
        }
        return latency->exact[rank - 1];
    }
    uint64_t passed = 0;
    for (size_t bucket = 0; bucket < BUCKETS; bucket++) {
        passed += latency->buckets[bucket];
        if (passed < (uint64_t)rank) continue;
        const int64_t top = bucket_top(bucket);
        return top < latency->max ? top : latency->max;
    }
    return latency->max;
}

void latency_clear(struct latency *latency) {
    if (latency->buckets) memset(latency->buckets, 0, BUCKETS * sizeof *latency->buckets);
    latency->count = latency->min = latency->max = latency->sorted = 0;
}

void latency_free(struct latency *latency) {
    free(latency->exact);
    free(latency->buckets);
    *latency = (struct latency){0};
}
