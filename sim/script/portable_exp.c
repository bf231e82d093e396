/*
 * Exponential, logarithm and power; see portable_math.h.
 *
 * exp: x = k ln 2 + r; r / 256 goes into a short Taylor series for e^s - 1, which is squared back
 * eight times as p -> 2p + p^2. log: x = m 2^k with m in [sqrt(1/2), sqrt(2)), and the series of
 * 2 atanh((m - 1) / (m + 1)). pow is exp(y log x) without rounding between.
 */
#include "double_double.h"
#include "portable_math.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

static const struct dd ln2 = {0x1.62e42fefa39efp-1, 0x1.abc9e3b39803fp-56};

/* 2^k for k in the normal range. */
static double power_of_two(int k) {
    uint64_t bits = (uint64_t)(k + 1023) << 52;
    double value;
    memcpy(&value, &bits, sizeof(value));
    return value;
}

/* x * 2^k, in two steps where one would leave the range too early. */
static double scaled(double x, int k) {
    if (k > 1000) { return x * power_of_two(1000) * power_of_two(k - 1000); }
    if (k < -1000) { return x * power_of_two(k + 100) * power_of_two(-100); }
    return x * power_of_two(k);
}

static double exp_of(struct dd x) {
    if (x.hi > 710) { return (double)INFINITY; }
    if (x.hi < -746) { return 0; }
    double k = floor(x.hi * 1.4426950408889634 + 0.5);
    struct dd s = dd_add(x, dd_negate(dd_scale(ln2, k)));
    s = (struct dd){s.hi / 256, s.lo / 256};
    struct dd square = dd_multiply(s, s);
    double tail = 1.0 / 24 + s.hi * (1.0 / 120 + s.hi * (1.0 / 720 + s.hi * (1.0 / 5040)));
    struct dd p = dd_add(s, (struct dd){square.hi / 2, square.lo / 2});
    p = dd_add(p, dd_divide_by(dd_multiply(square, s), 6));
    p = dd_add(p, (struct dd){square.hi * square.hi * tail, 0});
    for (int i = 0; i < 8; i++) { p = dd_add((struct dd){2 * p.hi, 2 * p.lo}, dd_multiply(p, p)); }
    p = dd_add((struct dd){1, 0}, p);
    return scaled(p.hi + p.lo, (int)k);
}

/* log of a positive, finite x. */
static struct dd log_of(double x) {
    int k = 0;
    uint64_t bits;
    if (x < 0x1p-1022) {
        x *= 0x1p54;
        k = -54;
    }
    memcpy(&bits, &x, sizeof(bits));
    k += (int)(bits >> 52) - 1023;
    bits = (bits & 0xfffffffffffffU) | (uint64_t)1023 << 52;
    memcpy(&x, &bits, sizeof(x));
    if (x > 1.4142135623730951) {
        x /= 2;
        k++;
    }
    struct dd f = dd_divide((struct dd){x - 1, 0}, dd_sum(x, 1));
    struct dd w = dd_multiply(f, f);
    double tail = 0;
    for (int n = 41; n >= 13; n -= 2) { tail = tail * w.hi + 1.0 / n; }
    struct dd sum = {tail, 0};
    for (int n = 11; n >= 1; n -= 2) {
        sum = dd_add(dd_multiply(sum, w), dd_divide_by((struct dd){1, 0}, n));
    }
    sum = dd_multiply(sum, f);
    return dd_add((struct dd){2 * sum.hi, 2 * sum.lo}, dd_scale(ln2, k));
}

double portable_exp(double x) {
    if (x != x) { return (double)NAN; }
    return exp_of((struct dd){x, 0});
}

double portable_log(double x) {
    if (x != x || x < 0) { return (double)NAN; }
    if (x == 0) { return -(double)INFINITY; }
    if (x > 1.7976931348623157e308) { return x; }
    struct dd result = log_of(x);
    return result.hi + result.lo;
}

double portable_log_base(double x, double base) {
    bool ordinary = x > 0 && base > 0 && base != 1 && x - x == 0 && base - base == 0;
    if (!ordinary) {
        double quotient = portable_log(x) / portable_log(base);
        return quotient == quotient ? quotient : (double)NAN;
    }
    struct dd result = dd_divide(log_of(x), log_of(base));
    return result.hi + result.lo;
}

static bool is_odd(double y) { return y == floor(y) && fabs(y) < 0x1p53 && floor(y / 2) * 2 != y; }

/* pow where an argument is zero, infinite or nan, or |x| is 1; others are not asked. */
static double pow_special(double x, double y) {
    if (y == 0 || x == 1) { return 1; }
    if (x != x || y != y) { return (double)NAN; }
    double size = fabs(x);
    if (y - y != 0) { /* y is infinite */
        if (size == 1) { return 1; }
        return (size > 1) == (y > 0) ? (double)INFINITY : 0;
    }
    if (size == 1) { /* x is -1 */
        if (y != floor(y)) { return (double)NAN; }
        return is_odd(y) ? -1 : 1;
    }
    double result = (size == 0) == (y > 0) ? 0 : (double)INFINITY;
    return signbit(x) && is_odd(y) ? -result : result;
}

double portable_pow(double x, double y) {
    double size = fabs(x);
    if (x - x != 0 || y - y != 0 || size == 0 || size == 1 || y == 0) { return pow_special(x, y); }
    if (x < 0 && y != floor(y)) { return (double)NAN; }
    struct dd logarithm = log_of(size);
    double rough = logarithm.hi * y;
    double result;
    if (rough > 710) {
        result = (double)INFINITY;
    } else if (rough < -746) {
        result = 0;
    } else if (fabs(rough) < 0x1p-60) {
        result = 1;
    } else {
        result = exp_of(dd_scale(logarithm, y));
    }
    return x < 0 && is_odd(y) ? -result : result;
}
