/*
 * Distributions of durations (or of any int64_t), sampled with integers and basic IEEE operations
 * alone, so that a draw is the same under every compiler and C library.
 *
 * A distribution is immutable once made and may be shared; tables belong to the arena that made it.
 * Every sample takes exactly one draw, whatever the kind and what comes out, so that streams stay
 * in step. Results are never negative and never pass INT64_MAX / 4.
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
/* The standard normal's quantile at (draw + 1/2) / 2^53 of the draw's upper bits (Wichura, AS
   241). */
double normal_quantile(uint64_t draw);

/* ---- inline, since a link's delay is on the path of every message ---- */

extern const uint32_t exponential_minus_ln[257];

/* -ln of u = draw / 2^64. The draw's leading zeros say in which octave u lies, at ln 2 each; in it
 * the next 8 bits choose an interval of the table and the 32 after them a place in it, on the
 * chord. The chord lies above the curve by less than 2e-6 (h^2 / 8x^2, h = 1/512, x >= 1/2): a mean
 * of 1 ms is off by 0.6 ns. A draw of 0 counts as 1, at 63 ln 2 + ln 2 = 44.4. */
static inline int64_t exponential_of(uint64_t draw) {
    draw |= 1;
    const unsigned octave = (unsigned)__builtin_clzll(draw);
    const uint64_t fraction = draw << octave << 1; /* without the leading 1 */
    const uint64_t i = fraction >> 56;
    const uint64_t place = fraction << 8 >> 32;
    const uint64_t step = exponential_minus_ln[i] - exponential_minus_ln[i + 1];
    return (int64_t)(octave * (uint64_t)exponential_minus_ln[0] + exponential_minus_ln[i] -
                     (step * place >> 32));
}

/* a + b * x for an x of exponential_of, in range. */
static inline int64_t exponential_sample(int64_t a, int64_t b, uint64_t draw) {
    const uint128 beyond = (uint128)(uint64_t)exponential_of(draw) * (uint64_t)b >> 32;
    const uint128 sum = beyond + (uint64_t)(a > 0 ? a : 0);
    return sum > (uint128)(INT64_MAX / 4) ? INT64_MAX / 4 : (int64_t)sum;
}

/* distribution_sample, with the engine's commonest kind inline. */
static inline int64_t distribution_sample_inline(const struct distribution *d,
                                                 struct random *random) {
    if (d->kind == DISTRIBUTION_EXPONENTIAL) return exponential_sample(d->a, d->b, draw(random));
    return distribution_sample(d, random);
}

#endif
