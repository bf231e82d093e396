/*
 * Distributions of durations (or of any int64_t), sampled with integers and basic IEEE operations
 * alone, so that a draw is the same under every compiler and C library.
 *
 * A distribution is immutable once made and may be shared; tables belong to the arena that made it.
 * Every sample takes exactly one draw, whatever the kind and what comes out, so that streams stay in
 * step. Results are never negative and never pass INT64_MAX / 4.
 */
#ifndef BASE_DISTRIBUTION_H
#define BASE_DISTRIBUTION_H

#include <stdint.h>

#include "base/random.h"
#include "base/text.h"

enum distribution_kind {
    DISTRIBUTION_CONSTANT,    /* a */
    DISTRIBUTION_UNIFORM,     /* a <= x <= b */
    DISTRIBUTION_EXPONENTIAL, /* a + exponential of mean b */
    DISTRIBUTION_NORMAL,      /* mean a, standard deviation b, cut at 0 */
    DISTRIBUTION_LOGNORMAL,   /* median a, 99th percentile b */
    DISTRIBUTION_PARETO,      /* at least a, shape `shape` */
    DISTRIBUTION_EMPIRICAL,   /* between neighbours of sorted samples, linearly */
    DISTRIBUTION_MIXTURE,     /* one of its parts, by weight */
};

struct distribution {
    enum distribution_kind kind;
    int64_t a, b;
    double shape;          /* Pareto's alpha; lognormal's sigma, derived from a and b */
    const int64_t *samples; /* empirical: sorted; mixture: cumulative weights */
    const struct distribution *parts;
    uint32_t count;
};

int64_t distribution_sample(const struct distribution *, struct random *);
/* The least a sample can be. */
int64_t distribution_min(const struct distribution *);
void distribution_describe(const struct distribution *, struct text *); /* in ns units */

struct distribution distribution_constant(int64_t);
struct distribution distribution_lognormal(int64_t median, int64_t p99); /* 0 < median <= p99 */

/* Exponential of mean 1 in units of 2^-32, from one 64-bit draw: integers only. */
int64_t exponential_q32(uint64_t draw);
/* The standard normal's quantile at (draw + 1/2) / 2^53 of the draw's upper bits (Wichura, AS 241). */
double normal_quantile(uint64_t draw);

#endif
