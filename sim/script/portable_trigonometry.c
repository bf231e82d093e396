/*
 * Sine, cosine, tangent and their inverses; see portable_math.h.
 *
 * Arguments are reduced by exact integer arithmetic: x * 2/pi is formed from the few words of 2/pi
 * that matter for x's exponent (Payne and Hanek, 1983), so huge arguments are as good as small
 * ones. The inverses refine a rough angle a by delta = (z cos a - sin a) / (cos a + z sin a).
 */
#include "double_double.h"
#include "portable_math.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

static const struct dd half_pi = {0x1.921fb54442d18p+0, 0x1.1a62633145c07p-54};
static const struct dd pi = {0x1.921fb54442d18p+1, 0x1.1a62633145c07p-53};

/* 2/pi = 0.a2f98... in base 2^64. */
static const uint64_t two_over_pi[20] = {
    0xa2f9836e4e441529, 0xfc2757d1f534ddc0, 0xdb6295993c439041, 0xfe5163abdebbc561,
    0xb7246e3a424dd2e0, 0x06492eea09d1921c, 0xfe1deb1cb129a73e, 0xe88235f52ebb4484,
    0xe99c7026b45f7e41, 0x3991d639835339f4, 0x9c845f8bbdf9283b, 0x1ff897ffde05980f,
    0xef2f118b5a0a6d1f, 0x6d367ecf27cb09b7, 0x4f463f669e5fea2d, 0x7527bac7ebe5f17b,
    0x3d0739f78a5292ea, 0x6bfb5fb11f8d5d08, 0x56033046fc7b6bab, 0xf0cfbc209af4361d,
};

__extension__ typedef unsigned __int128 wide;

/* bits [from, from + 64) of a little-endian number of 6 words; bits outside are zero. */
static uint64_t bits_at(const uint64_t words[6], int from) {
    if (from <= -64) { return 0; }
    if (from < 0) { return words[0] << -from; }
    int word = from / 64;
    int shift = from % 64;
    uint64_t low = word < 6 ? words[word] >> shift : 0;
    uint64_t high = word + 1 < 6 && shift > 0 ? words[word + 1] << (64 - shift) : 0;
    return low | high;
}

static double upper_half(uint64_t word) { return (double)(uint32_t)(word >> 32); }

static double lower_half(uint64_t word) { return (double)(uint32_t)word; }

/* A fraction of three words, most significant first, as a number. */
static struct dd fraction_of(const uint64_t f[3]) {
    struct dd sum = dd_of(upper_half(f[0]) * 0x1p-32, lower_half(f[0]) * 0x1p-64);
    sum = dd_add(sum, dd_of(upper_half(f[1]) * 0x1p-96, lower_half(f[1]) * 0x1p-128));
    return dd_add(sum, dd_of(upper_half(f[2]) * 0x1p-160, lower_half(f[2]) * 0x1p-192));
}

/* x = quadrant * pi/2 + r with |r| <= pi/4; x finite, not negative. */
static struct dd reduce(double x, unsigned *quadrant) {
    uint64_t bits;
    if (x <= 0.7853981633974483) {
        *quadrant = 0;
        return (struct dd){x, 0};
    }
    memcpy(&bits, &x, sizeof(bits));
    int exponent = (int)(bits >> 52) - 1075; /* x = mantissa * 2^exponent */
    uint64_t mantissa = (bits & 0xfffffffffffffU) | (uint64_t)1 << 52;
    int first = exponent >= 2 ? (exponent - 2) / 64 : 0;
    uint64_t product[6] = {0};
    wide carry = 0;
    for (int i = 0; i < 4; i++) {
        carry += (wide)two_over_pi[first + 3 - i] * mantissa;
        product[i] = (uint64_t)carry;
        carry >>= 64;
    }
    product[4] = (uint64_t)carry;
    int point = 64 * (first + 4) - exponent; /* bits of product that are fraction */
    unsigned n = (unsigned)bits_at(product, point) & 3;
    uint64_t f[3] = {bits_at(product, point - 64), bits_at(product, point - 128),
                     bits_at(product, point - 192)};
    int negative = f[0] >> 63 != 0;
    if (negative) { /* nearer to the next multiple: f - 1 */
        n++;
        for (int i = 0; i < 3; i++) { f[i] = ~f[i]; }
    }
    *quadrant = n & 3;
    struct dd r = dd_multiply(fraction_of(f), half_pi);
    return negative ? dd_negate(r) : r;
}

/* 1 - w/(a(a+1)) (1 - w/((a+2)(a+3)) (...)): sin r / r for a = 2, cos r for a = 1, w = r^2. */
static struct dd alternating(struct dd w, int a) {
    double tail = 1;
    for (int n = a + 22; n >= a + 12; n -= 2) { tail = 1 - tail * w.hi / (n * (n + 1)); }
    struct dd sum = {tail, 0};
    for (int n = a + 10; n >= a; n -= 2) {
        struct dd term = dd_divide_by(dd_multiply(sum, w), n * (n + 1));
        sum = dd_add((struct dd){1, 0}, dd_negate(term));
    }
    return sum;
}

struct angle {
    struct dd sine;
    struct dd cosine;
};

/* |r| <= 1. */
static struct angle angle_of(struct dd r) {
    struct dd w = dd_multiply(r, r);
    return (struct angle){dd_multiply(alternating(w, 2), r), alternating(w, 1)};
}

static struct angle reduced_angle(double x) {
    unsigned quadrant;
    struct angle a = angle_of(reduce(x, &quadrant));
    switch (quadrant) {
    case 0: return a;
    case 1: return (struct angle){a.cosine, dd_negate(a.sine)};
    case 2: return (struct angle){dd_negate(a.sine), dd_negate(a.cosine)};
    default: return (struct angle){dd_negate(a.cosine), a.sine};
    }
}

static double rounded(struct dd a) { return a.hi + a.lo; }

double portable_sin(double x) {
    if (x - x != 0) { return (double)NAN; }
    if (fabs(x) < 0x1p-27) { return x; }
    double result = rounded(reduced_angle(fabs(x)).sine);
    return x < 0 ? -result : result;
}

double portable_cos(double x) {
    if (x - x != 0) { return (double)NAN; }
    return fabs(x) < 0x1p-27 ? 1 : rounded(reduced_angle(fabs(x)).cosine);
}

double portable_tan(double x) {
    if (x - x != 0) { return (double)NAN; }
    if (fabs(x) < 0x1p-27) { return x; }
    struct angle a = reduced_angle(fabs(x));
    double result = rounded(dd_divide(a.sine, a.cosine));
    return x < 0 ? -result : result;
}

/* The angle whose tangent is z, 0 <= z <= 1. */
static struct dd arctangent(struct dd z) {
    if (z.hi < 0x1p-27) { return z; }
    struct dd a = {z.hi / (1 + 0.28 * z.hi * z.hi), 0}; /* to within 0.005 */
    for (int i = 0; i < 2; i++) {
        struct angle at = angle_of(a);
        struct dd above = dd_add(dd_multiply(z, at.cosine), dd_negate(at.sine));
        struct dd below = dd_add(at.cosine, dd_multiply(z, at.sine));
        struct dd delta = dd_divide(above, below);
        double d = delta.hi;
        a = dd_add(a, delta);
        a = dd_add(a, (struct dd){-d * d * d * (1.0 / 3 - d * d / 5), 0});
    }
    return a;
}

/* The angle of the point (x, y), both positive or zero and of moderate size. */
static struct dd quarter_angle(struct dd y, struct dd x) {
    if (y.hi <= x.hi) { return arctangent(dd_divide(y, x)); }
    return dd_add(half_pi, dd_negate(arctangent(dd_divide(x, y))));
}

/* The same for doubles of any size. */
static struct dd wide_quarter_angle(double y, double x) {
    int exponent;
    double bigger = y > x ? y : x;
    if (bigger - bigger != 0) { /* an infinity */
        y = y - y != 0 ? 1 : 0;
        x = x - x != 0 ? 1 : 0;
        bigger = 1;
    }
    if (bigger == 0) { return (struct dd){0, 0}; }
    if (y < x && y / x < 0x1p-27) { return (struct dd){y / x, 0}; }
    (void)frexp(bigger, &exponent);
    return quarter_angle((struct dd){ldexp(y, -exponent), 0}, (struct dd){ldexp(x, -exponent), 0});
}

double portable_atan2(double y, double x) {
    if (x != x || y != y) { return (double)NAN; }
    struct dd angle = wide_quarter_angle(fabs(y), fabs(x));
    if (signbit(x)) { angle = dd_add(pi, dd_negate(angle)); }
    double result = rounded(angle);
    return signbit(y) ? -result : result;
}

/* sqrt((1 - x)(1 + x)), |x| <= 1. */
static struct dd other_leg(double x) {
    struct dd square = dd_multiply(dd_sum(1, -x), dd_sum(1, x));
    if (square.hi <= 0) { return (struct dd){0, 0}; }
    double root = sqrt(square.hi);
    struct dd error = dd_add(square, dd_negate(dd_product(root, root)));
    return dd_of(root, error.hi / (2 * root));
}

double portable_asin(double x) {
    if (!(fabs(x) <= 1)) { return (double)NAN; }
    if (fabs(x) < 0x1p-27) { return x; }
    double result = rounded(quarter_angle((struct dd){fabs(x), 0}, other_leg(x)));
    return x < 0 ? -result : result;
}

double portable_acos(double x) {
    if (!(fabs(x) <= 1)) { return (double)NAN; }
    struct dd angle = quarter_angle(other_leg(x), (struct dd){fabs(x), 0});
    if (x < 0) { angle = dd_add(pi, dd_negate(angle)); }
    return rounded(angle);
}
