/*
 * Numbers of about 106 bits as the unevaluated sum of two doubles, after Dekker (1971) and Knuth.
 * Only + - * / and sqrt of IEEE 754 doubles, which every CPU rounds alike; the build must not fuse
 * multiplications (-ffp-contract=off) nor reorder (-ffast-math). Operands stay well inside the
 * range where products neither overflow nor underflow.
 */
#ifndef ORRERY_SCRIPT_DOUBLE_DOUBLE_H
#define ORRERY_SCRIPT_DOUBLE_DOUBLE_H

#include <float.h>

_Static_assert(FLT_EVAL_METHOD == 0, "doubles must be computed as doubles");

struct dd {
    double hi;
    double lo;
};

static inline struct dd dd_of(double hi, double lo)
{
    double sum = hi + lo;
    return (struct dd){sum, lo - (sum - hi)};
}

static inline struct dd dd_sum(double a, double b)
{
    double sum = a + b;
    double part = sum - a;
    return (struct dd){sum, (a - (sum - part)) + (b - part)};
}

/* The product of two doubles, exactly. */
static inline struct dd dd_product(double a, double b)
{
    const double splitter = 134217729.0; /* 2^27 + 1 */
    double t = splitter * a;
    double a_hi = t - (t - a);
    double a_lo = a - a_hi;
    t = splitter * b;
    double b_hi = t - (t - b);
    double b_lo = b - b_hi;
    double product = a * b;
    return (struct dd){product,
                       ((a_hi * b_hi - product) + a_hi * b_lo + a_lo * b_hi) + a_lo * b_lo};
}

static inline struct dd dd_add(struct dd a, struct dd b)
{
    struct dd high = dd_sum(a.hi, b.hi);
    struct dd low = dd_sum(a.lo, b.lo);
    struct dd sum = dd_of(high.hi, high.lo + low.hi);
    return dd_of(sum.hi, sum.lo + low.lo);
}

static inline struct dd dd_negate(struct dd a)
{
    return (struct dd){-a.hi, -a.lo};
}

static inline struct dd dd_multiply(struct dd a, struct dd b)
{
    struct dd product = dd_product(a.hi, b.hi);
    return dd_of(product.hi, product.lo + (a.hi * b.lo + a.lo * b.hi));
}

static inline struct dd dd_scale(struct dd a, double b)
{
    struct dd product = dd_product(a.hi, b);
    return dd_of(product.hi, product.lo + a.lo * b);
}

static inline struct dd dd_divide(struct dd a, struct dd b)
{
    double first = a.hi / b.hi;
    struct dd rest = dd_add(a, dd_negate(dd_scale(b, first)));
    double second = rest.hi / b.hi;
    rest = dd_add(rest, dd_negate(dd_scale(b, second)));
    struct dd quotient = dd_of(first, second);
    return dd_add(quotient, (struct dd){rest.hi / b.hi, 0.0});
}

static inline struct dd dd_divide_by(struct dd a, double b)
{
    double first = a.hi / b;
    struct dd back = dd_product(first, b);
    return dd_of(first, ((a.hi - back.hi) - back.lo + a.lo) / b);
}

#endif
