/*
 * exp and log for sampling: the same bits on every machine, in some ten nanoseconds.
 *
 * Those of a C library differ between libraries and CPUs. These use + - * / on doubles and the bits
 * of a double, nothing else, so IEEE 754 defines every result (with -ffp-contract=off). They serve
 * only a stated range, and are right there to 8 parts in 10^16; the full functions, with special
 * values and correct rounding, cost a hundred times as much.
 */
#ifndef BASE_FAST_MATH_H
#define BASE_FAST_MATH_H

#include <float.h>
#include <stdint.h>
#include <string.h>

_Static_assert(FLT_EVAL_METHOD == 0, "doubles are computed as doubles");

/* e^x for -700 <= x <= 700. x = (32 k + i) ln2 / 32 + r with |r| <= ln2 / 64: 2^k by the exponent's
 * bits, 2^(i/32) from a table (to the nearest double), e^r by its series. ln2 / 32 comes in two
 * parts, the first so short that its product with 32 k + i is exact (Tang, TOMS 15, 1989). */
static inline double fast_exp(double x) {
    static const double powers[32] = {
        0x1.0000000000000p+0, 0x1.059b0d3158574p+0, 0x1.0b5586cf9890fp+0, 0x1.11301d0125b51p+0,
        0x1.172b83c7d517bp+0, 0x1.1d4873168b9aap+0, 0x1.2387a6e756238p+0, 0x1.29e9df51fdee1p+0,
        0x1.306fe0a31b715p+0, 0x1.371a7373aa9cbp+0, 0x1.3dea64c123422p+0, 0x1.44e086061892dp+0,
        0x1.4bfdad5362a27p+0, 0x1.5342b569d4f82p+0, 0x1.5ab07dd485429p+0, 0x1.6247eb03a5585p+0,
        0x1.6a09e667f3bcdp+0, 0x1.71f75e8ec5f74p+0, 0x1.7a11473eb0187p+0, 0x1.82589994cce13p+0,
        0x1.8ace5422aa0dbp+0, 0x1.93737b0cdc5e5p+0, 0x1.9c49182a3f090p+0, 0x1.a5503b23e255dp+0,
        0x1.ae89f995ad3adp+0, 0x1.b7f76f2fb5e47p+0, 0x1.c199bdd85529cp+0, 0x1.cb720dcef9069p+0,
        0x1.d5818dcfba487p+0, 0x1.dfc97337b9b5fp+0, 0x1.ea4afa2a490dap+0, 0x1.f50765b6e4540p+0,
    };
    const double steps = x * 0x1.71547652b82fep+5;
    const int64_t n = (int64_t)(steps < 0.0 ? steps - 0.5 : steps + 0.5);
    const double r = (x - (double)n * 0x1.62e42fefa0000p-6) - (double)n * 0x1.cf79abc9e3b3ap-45;
    const uint64_t i = (uint64_t)n & 31;
    const int64_t k = (n - (int64_t)i) / 32;
    const double series =
        r + r * r * (1.0 / 2 + r * (1.0 / 6 + r * (1.0 / 24 + r * (1.0 / 120 + r * (1.0 / 720)))));
    const uint64_t bits = (uint64_t)(k + 1023) << 52;
    double power_of_two;
    memcpy(&power_of_two, &bits, sizeof power_of_two);
    return (powers[i] + powers[i] * series) * power_of_two;
}

/* ln x for a positive, normal, finite x. x = 2^k m with sqrt(1/2) <= m < sqrt(2), and ln m =
 * 2 (s + s^3/3 + s^5/5 + ...) with s = (m - 1) / (m + 1), |s| < 0.172; what is left out is
 * below 3 parts in 10^17. */
static inline double fast_log(double x) {
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    const uint64_t fraction = bits & UINT64_C(0x000fffffffffffff);
    const uint64_t above = fraction >= UINT64_C(0x6a09e667f3bcd); /* of sqrt(2) */
    const int64_t k = (int64_t)(bits >> 52) - 1023 + (int64_t)above;
    bits = fraction | (UINT64_C(1023) - above) << 52;
    double m;
    memcpy(&m, &bits, sizeof m);
    const double s = (m - 1.0) / (m + 1.0), t = s * s;
    const double low = 1.0 / 3 + t * (1.0 / 5 + t * (1.0 / 7 + t * (1.0 / 9)));
    const double high = 1.0 / 11 +
                        t * (1.0 / 13 + t * (1.0 / 15 + t * (1.0 / 17 + t * (1.0 / 19))));
    const double tail = 2.0 * s * t * (low + t * t * t * t * high);
    const double ln2_high = 0x1.62e42fefa0000p-1, ln2_low = 0x1.cf79abc9e3b3ap-40;
    return (double)k * ln2_high + (2.0 * s + (tail + (double)k * ln2_low));
}

#endif
