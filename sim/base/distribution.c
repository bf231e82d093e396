/*
 * Sampling by inversion: one draw, one quantile, whatever the distribution.
 *
 * A draw is a position in (0, 1) and the sample is the quantile there, so a sample costs exactly
 * one draw and a stream stays in step when a scenario changes the kind. The exponential, which the
 * engine draws most, is a table and two multiplications of integers; the normal is a ratio of
 * polynomials. The exp and log that the others need are our own (base/fast_math.h), because those
 * of C libraries differ in the last bit. Built with -ffp-contract=off, this is + - * / and sqrt,
 * which IEEE 754 defines to the bit.
 *
 * A mixture needs a choice and a sample: its one draw chooses, and is also the key of a stream from
 * which the chosen part samples.
 */
#include "base/distribution.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/fast_math.h"
#include "base/units.h"
#include "base/wide.h"

#define SAMPLE_MAX (INT64_MAX / 4)

/* The 99th percentile of the standard normal. */
static const double Z_99 = 2.3263478740408408;

static _Noreturn void impossible(enum distribution_kind kind) {
    fprintf(stderr, "orrery: no distribution has kind %d\n", (int)kind);
    abort();
}

/* ---- rounding into range ---- */

static int64_t clamp(int64_t x) { return x < 0 ? 0 : x > SAMPLE_MAX ? SAMPLE_MAX : x; }

/* To the nearest, halves up; nan is 0. 0x1p61 is the first double past SAMPLE_MAX. */
static int64_t round_in_range(double x) {
    if (!(x > 0.0)) return 0;
    if (x >= 0x1p61) return SAMPLE_MAX;
    return (int64_t)(x + 0.5);
}

/* ---- the exponential ---- */

/* -ln(1/2 + i/512) in units of 2^-32, to the nearest: floor(-ln(1/2 + i/512) * 2^32 + 1/2) in 200
 * bits (mpmath). The first is ln 2. */
const uint32_t exponential_minus_ln[257] = {
    2977044472, 2960299939, 2943620433, 2927005452, 2910454498, 2893967079, 2877542710, 2861180910,
    2844881204, 2828643123, 2812466203, 2796349984, 2780294013, 2764297840, 2748361023, 2732483122,
    2716663704, 2700902338, 2685198601, 2669552073, 2653962338, 2638428985, 2622951609, 2607529807,
    2592163181, 2576851338, 2561593890, 2546390450, 2531240638, 2516144076, 2501100392, 2486109217,
    2471170186, 2456282936, 2441447110, 2426662354, 2411928318, 2397244655, 2382611021, 2368027078,
    2353492488, 2339006918, 2324570040, 2310181526, 2295841054, 2281548305, 2267302961, 2253104709,
    2238953239, 2224848243, 2210789418, 2196776461, 2182809076, 2168886965, 2155009838, 2141177403,
    2127389374, 2113645467, 2099945400, 2086288895, 2072675675, 2059105467, 2045577999, 2032093005,
    2018650217, 2005249372, 1991890209, 1978572470, 1965295899, 1952060242, 1938865248, 1925710667,
    1912596253, 1899521761, 1886486949, 1873491577, 1860535406, 1847618201, 1834739729, 1821899758,
    1809098057, 1796334401, 1783608562, 1770920319, 1758269449, 1745655732, 1733078952, 1720538893,
    1708035340, 1695568083, 1683136909, 1670741613, 1658381986, 1646057825, 1633768926, 1621515088,
    1609296111, 1597111799, 1584961954, 1572846382, 1560764891, 1548717289, 1536703387, 1524722996,
    1512775930, 1500862005, 1488981037, 1477132844, 1465317245, 1453534063, 1441783119, 1430064238,
    1418377245, 1406721967, 1395098232, 1383505871, 1371944714, 1360414593, 1348915343, 1337446799,
    1326008797, 1314601174, 1303223771, 1291876427, 1280558983, 1269271284, 1258013171, 1246784492,
    1235585093, 1224414820, 1213273524, 1202161054, 1191077261, 1180021998, 1168995119, 1157996477,
    1147025929, 1136083331, 1125168542, 1114281420, 1103421825, 1092589619, 1081784665, 1071006824,
    1060255961, 1049531943, 1038834634, 1028163902, 1017519616, 1006901644, 996309858,  985744127,
    975204325,  964690324,  954201998,  943739222,  933301872,  922889825,  912502959,  902141151,
    891804281,  881492230,  871204878,  860942108,  850703802,  840489844,  830300118,  820134511,
    809992907,  799875193,  789781259,  779710991,  769664279,  759641013,  749641085,  739664385,
    729710807,  719780242,  709872585,  699987731,  690125574,  680286012,  670468939,  660674255,
    650901856,  641151642,  631423513,  621717368,  612033109,  602370636,  592729852,  583110661,
    573512964,  563936668,  554381675,  544847893,  535335226,  525843582,  516372867,  506922990,
    497493860,  488085384,  478697474,  469330039,  459982990,  450656238,  441349697,  432063277,
    422796893,  413550459,  404323887,  395117094,  385929995,  376762505,  367614542,  358486021,
    349376861,  340286980,  331216296,  322164728,  313132196,  304118620,  295123921,  286148020,
    277190838,  268252297,  259332320,  250430830,  241547751,  232683006,  223836520,  215008219,
    206198026,  197405869,  188631673,  179875366,  171136874,  162416125,  153713048,  145027570,
    136359621,  127709130,  119076027,  110460242,  101861706,  93280350,   84716105,   76168904,
    67638678,   59125361,   50628884,   42149183,   33686191,   25239841,   16810070,   8396811,
    0,
};

int64_t exponential_q32(uint64_t draw) { return exponential_of(draw); }

/* ---- the normal ---- */

/* Wichura, "Algorithm AS 241: the percentage points of the normal distribution", Applied Statistics
 * 37 (1988), PPND16: about 1 part in 10^16. Ratios of polynomials, the highest power first; over
 * and under the bar. */
static const double central_over[8] = {
    2.5090809287301226727e+3, 3.3430575583588128105e+4, 6.7265770927008700853e+4,
    4.5921953931549871457e+4, 1.3731693765509461125e+4, 1.9715909503065514427e+3,
    1.3314166789178437745e+2, 3.3871328727963666080e+0,
};
static const double central_under[8] = {
    5.2264952788528545610e+3, 2.8729085735721942674e+4,
    3.9307895800092710610e+4, 2.1213794301586595867e+4,
    5.3941960214247511077e+3, 6.8718700749205790830e+2,
    4.2313330701600911252e+1, 1.0,
};
static const double tail_over[8] = {
    7.74545014278341407640e-4, 2.27238449892691845833e-2, 2.41780725177450611770e-1,
    1.27045825245236838258e+0, 3.64784832476320460504e+0, 5.76949722146069140550e+0,
    4.63033784615654529590e+0, 1.42343711074968357734e+0,
};
static const double tail_under[8] = {
    1.05075007164441684324e-9, 5.47593808499534494600e-4,
    1.51986665636164571966e-2, 1.48103976427480074590e-1,
    6.89767334985100004550e-1, 1.67638483018380384940e+0,
    2.05319162663775882187e+0, 1.0,
};
static const double far_over[8] = {
    2.01033439929228813265e-7, 2.71155556874348757815e-5, 1.24266094738807843860e-3,
    2.65321895265761230930e-2, 2.96560571828504891230e-1, 1.78482653991729133580e+0,
    5.46378491116411436990e+0, 6.65790464350110377720e+0,
};
static const double far_under[8] = {
    2.04426310338993978564e-15, 1.42151175831644588870e-7,
    1.84631831751005468180e-5,  7.86869131145613259100e-4,
    1.48753612908506148525e-2,  1.36929880922735805310e-1,
    5.99832206555887937690e-1,  1.0,
};
static inline double polynomial(const double c[8], double x) {
    double y = c[0];
    for (int i = 1; i < 8; i++) y = y * x + c[i];
    return y;
}

/* p = (2n + 1) / 2^54 for the upper 53 bits n. Its distances from the middle and from the nearer
 * end are taken as integers, so both are exact. */
double normal_quantile(uint64_t draw) {
    const int64_t twice = (int64_t)(draw >> 11 << 1 | 1);
    const double q = (double)(twice - (INT64_C(1) << 53)) * 0x1p-54;
    if (q >= -0.425 && q <= 0.425) {
        const double r = 0.180625 - q * q;
        return q * polynomial(central_over, r) / polynomial(central_under, r);
    }
    const double p = (double)(q < 0.0 ? twice : (INT64_C(1) << 54) - twice) * 0x1p-54;
    const double r = sqrt(-fast_log(p));
    const double z = r <= 5.0 ? polynomial(tail_over, r - 1.6) / polynomial(tail_under, r - 1.6)
                              : polynomial(far_over, r - 5.0) / polynomial(far_under, r - 5.0);
    return q < 0.0 ? -z : z;
}

static int64_t normal_sample(const struct distribution *d, uint64_t draw) {
    return round_in_range((double)d->a + (double)d->b * normal_quantile(draw));
}

/* a * e^power; past e^50 the result is out of range whatever a is, and before e^-50 it is 0. */
static int64_t scaled_exponential(int64_t a, double power) {
    if (a <= 0 || power < -50.0) return 0;
    if (!(power < 50.0)) return SAMPLE_MAX;
    return round_in_range((double)a * fast_exp(power));
}

static int64_t lognormal_sample(const struct distribution *d, uint64_t draw) {
    return scaled_exponential(d->a, d->shape * normal_quantile(draw));
}

/* The logarithm of a Pareto is an exponential. */
static int64_t pareto_sample(const struct distribution *d, uint64_t draw) {
    const double exponential = (double)exponential_q32(draw) * 0x1p-32;
    return scaled_exponential(d->a, exponential / d->shape);
}

/* ---- the others ---- */

static int64_t uniform_sample(int64_t a, int64_t b, uint64_t draw) {
    const uint64_t count = (uint64_t)b - (uint64_t)a + 1;
    return clamp(a + (int64_t)((uint128)draw * count >> 64));
}

/* The draw's position among the count - 1 gaps, in 64.64 bits; on the chord of its gap. */
static int64_t empirical_sample(const struct distribution *d, uint64_t draw) {
    const uint128 position = (uint128)draw * (d->count - 1);
    const uint64_t gap = (uint64_t)(position >> 64), place = (uint64_t)position;
    const int64_t low = d->samples[gap];
    if (d->count == 1) return clamp(low);
    const uint64_t width = (uint64_t)d->samples[gap + 1] - (uint64_t)low;
    return clamp(low + (int64_t)((uint128)width * place >> 64));
}

static const struct distribution *choose_part(const struct distribution *d, uint64_t draw) {
    const uint64_t total = (uint64_t)d->samples[d->count - 1];
    const uint64_t at = (uint64_t)((uint128)draw * total >> 64);
    uint32_t i = 0;
    while (i + 1 < d->count && at >= (uint64_t)d->samples[i]) i++;
    return &d->parts[i];
}

static int64_t mixture_sample(const struct distribution *d, uint64_t draw) {
    struct random own = {random_key(draw, DISTRIBUTION_MIXTURE), 0};
    return distribution_sample(choose_part(d, draw), &own);
}

static int64_t sample_at(const struct distribution *d, uint64_t draw) {
    switch (d->kind) {
    case DISTRIBUTION_EXPONENTIAL: return exponential_sample(d->a, d->b, draw);
    case DISTRIBUTION_CONSTANT: return clamp(d->a);
    case DISTRIBUTION_UNIFORM: return uniform_sample(d->a, d->b, draw);
    case DISTRIBUTION_NORMAL: return normal_sample(d, draw);
    case DISTRIBUTION_LOGNORMAL: return lognormal_sample(d, draw);
    case DISTRIBUTION_PARETO: return pareto_sample(d, draw);
    case DISTRIBUTION_EMPIRICAL: return empirical_sample(d, draw);
    case DISTRIBUTION_MIXTURE: return mixture_sample(d, draw);
    }
    impossible(d->kind);
}

int64_t distribution_sample(const struct distribution *d, struct random *r) {
    const uint64_t drawn = draw(r);
    if (__builtin_expect(d->kind == DISTRIBUTION_EXPONENTIAL, 1)) {
        return exponential_sample(d->a, d->b, drawn);
    }
    return sample_at(d, drawn);
}

static int64_t mixture_min(const struct distribution *d) {
    int64_t least = INT64_MAX, before = 0;
    for (uint32_t i = 0; i < d->count; i++) {
        if (d->samples[i] == before) continue; /* no weight: never chosen */
        before = d->samples[i];
        const int64_t part = distribution_min(&d->parts[i]);
        if (part < least) least = part;
    }
    return least;
}

int64_t distribution_min(const struct distribution *d) {
    switch (d->kind) {
    case DISTRIBUTION_CONSTANT:
    case DISTRIBUTION_UNIFORM:
    case DISTRIBUTION_EXPONENTIAL:
    case DISTRIBUTION_PARETO: return clamp(d->a);
    case DISTRIBUTION_EMPIRICAL: return clamp(d->samples[0]);
    case DISTRIBUTION_NORMAL:
    case DISTRIBUTION_LOGNORMAL: return sample_at(d, 0); /* the quantile rises with the draw */
    case DISTRIBUTION_MIXTURE: return mixture_min(d);
    }
    impossible(d->kind);
}

struct distribution distribution_constant(int64_t value) {
    return (struct distribution){.kind = DISTRIBUTION_CONSTANT, .a = value};
}

struct distribution distribution_lognormal(int64_t median, int64_t p99) {
    assert(median > 0 && p99 >= median);
    const double sigma = fast_log((double)p99 / (double)median) / Z_99;
    return (struct distribution){
        .kind = DISTRIBUTION_LOGNORMAL, .a = median, .b = p99, .shape = sigma};
}

/* ---- for people ---- */

static void add_duration(struct text *text, const char *before, int64_t ns) {
    text_add(text, "%s", before);
    quantity_format(QUANTITY_DURATION, ns, text);
}

static void describe_mixture(const struct distribution *d, struct text *text) {
    const int64_t total = d->samples[d->count - 1];
    int64_t before = 0;
    text_add(text, "a mixture:");
    for (uint32_t i = 0; i < d->count; i++) {
        text_add(text, i > 0 ? ", " : " ");
        quantity_format(QUANTITY_RATIO, mul_div(d->samples[i] - before, 1000000000, total), text);
        text_add(text, " (");
        distribution_describe(&d->parts[i], text);
        text_add(text, ")");
        before = d->samples[i];
    }
}

void distribution_describe(const struct distribution *d, struct text *text) {
    int64_t thousandths;
    switch (d->kind) {
    case DISTRIBUTION_CONSTANT: add_duration(text, "", d->a); break;
    case DISTRIBUTION_UNIFORM:
        add_duration(text, "uniform from ", d->a);
        add_duration(text, " to ", d->b);
        break;
    case DISTRIBUTION_EXPONENTIAL:
        if (d->a != 0) add_duration(text, "", d->a);
        add_duration(text, d->a != 0 ? " + exponential of mean " : "exponential of mean ", d->b);
        break;
    case DISTRIBUTION_NORMAL:
        add_duration(text, "normal of mean ", d->a);
        add_duration(text, ", deviation ", d->b);
        break;
    case DISTRIBUTION_LOGNORMAL:
        add_duration(text, "lognormal of median ", d->a);
        add_duration(text, ", p99 ", d->b);
        break;
    case DISTRIBUTION_PARETO:
        thousandths = round_in_range(d->shape * 1000.0);
        add_duration(text, "pareto of at least ", d->a);
        text_add(text, ", shape %lld.%03lld", (long long)(thousandths / 1000),
                 (long long)(thousandths % 1000));
        break;
    case DISTRIBUTION_EMPIRICAL:
        text_add(text, "of %u samples", d->count);
        add_duration(text, " from ", d->samples[0]);
        add_duration(text, " to ", d->samples[d->count - 1]);
        break;
    case DISTRIBUTION_MIXTURE: describe_mixture(d, text); break;
    }
}
