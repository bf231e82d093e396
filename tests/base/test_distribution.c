/*
 * Distributions: committed vectors, which must hold under every compiler, and the statistics that
 * the textbooks give for each. Tolerances are five or more deviations wide; the draws are fixed, so
 * a test that passes once passes always.
 */
#include "base_test.h"

#include <math.h>
#include <stdlib.h>

#include "base/distribution.h"
#include "base/fast_math.h"

#define MS INT64_C(1000000)

static const int64_t measured[] = {1000, 1500, 1500, 4000, 20000};
static const struct distribution parts[] = {
    {.kind = DISTRIBUTION_CONSTANT, .a = 5},
    {.kind = DISTRIBUTION_EXPONENTIAL, .a = 100, .b = MS},
    {.kind = DISTRIBUTION_UNIFORM, .a = 10, .b = 20},
};
static const int64_t weights[] = {70, 90, 100}; /* cumulative: 70, 20, 10 */

static struct distribution make(enum distribution_kind kind) {
    switch (kind) {
    case DISTRIBUTION_CONSTANT: return distribution_constant(7 * MS);
    case DISTRIBUTION_UNIFORM: return (struct distribution){.kind = kind, .a = 1000, .b = 2000};
    case DISTRIBUTION_EXPONENTIAL:
        return (struct distribution){.kind = kind, .a = 1000, .b = 5 * MS};
    case DISTRIBUTION_NORMAL: return (struct distribution){.kind = kind, .a = 10 * MS, .b = 2 * MS};
    case DISTRIBUTION_LOGNORMAL: return distribution_lognormal(500000, 2 * MS);
    case DISTRIBUTION_PARETO: return (struct distribution){.kind = kind, .a = MS, .shape = 2.5};
    case DISTRIBUTION_EMPIRICAL:
        return (struct distribution){
            .kind = kind, .samples = measured, .count = (uint32_t)COUNT(measured)};
    case DISTRIBUTION_MIXTURE:
        return (struct distribution){
            .kind = kind, .samples = weights, .parts = parts, .count = (uint32_t)COUNT(parts)};
    }
    abort();
}
enum { KINDS = DISTRIBUTION_MIXTURE + 1 };

/* ---- the same everywhere ---- */

static const uint64_t vector_keys[3] = {0, 1, UINT64_C(0x123456789abcdef0)};
static const int64_t vectors[KINDS][3][8] = {
    /* constant */
    {
        {7000000, 7000000, 7000000, 7000000, 7000000, 7000000, 7000000, 7000000},
        {7000000, 7000000, 7000000, 7000000, 7000000, 7000000, 7000000, 7000000},
        {7000000, 7000000, 7000000, 7000000, 7000000, 7000000, 7000000, 7000000},
    },
    /* uniform */
    {
        {1000, 1293, 1943, 1990, 1263, 1207, 1889, 1248},
        {1288, 1407, 1606, 1761, 1024, 1763, 1527, 1918},
        {1489, 1137, 1296, 1917, 1742, 1286, 1185, 1477},
    },
    /* exponential */
    {
        {221808097, 6139974, 294469, 51657, 6677830, 7874652, 588762, 6968576},
        {6227844, 4493560, 2505067, 1368379, 18606329, 1356464, 3208387, 432977},
        {3574006, 9917338, 6080969, 438862, 1497179, 6251133, 8433124, 3698040},
    },
    /* normal */
    {
        {0, 8910356, 13160858, 14646709, 8732134, 8366694, 12443451, 8639679},
        {8880559, 9530365, 10538015, 11417314, 6052608, 11429035, 10133023, 12773380},
        {9946789, 7817841, 8930525, 12759296, 11295243, 8872708, 8208405, 9886622},
    },
    /* lognormal */
    {
        {3572, 361385, 1282289, 1996436, 342695, 307341, 1035507, 333383},
        {358190, 434709, 586934, 762730, 154233, 765398, 520215, 1142473},
        {492135, 260974, 363563, 1137689, 735487, 357354, 293182, 483391},
    },
    /* Pareto */
    {
        {50859008516942, 1634142, 1023755, 1004061, 1705991, 1877408, 1048144, 1746137},
        {1645670, 1432477, 1221800, 1115598, 4430118, 1114535, 1292516, 1035162},
        {1330880, 2210695, 1626447, 1035650, 1127152, 1648739, 1963189, 1344152},
    },
    /* empirical */
    {
        {1000, 1500, 16351, 19354, 1500, 1414, 12902, 1496},
        {1500, 1500, 2560, 4686, 1048, 4802, 1765, 14702},
        {1500, 1275, 1500, 14633, 3913, 1500, 1370, 1500},
    },
    /* mixture */
    {
        {5, 5, 10, 16, 5, 5, 1167307, 5},
        {5, 5, 5, 641901, 5, 358590, 5, 12},
        {5, 5, 5, 10, 264636, 5, 5, 5},
    },
};

static void the_first_samples_are_what_they_always_were(void **state) {
    (void)state;
    for (size_t kind = 0; kind < KINDS; kind++) {
        const struct distribution d = make((enum distribution_kind)kind);
        for (size_t k = 0; k < COUNT(vector_keys); k++) {
            struct random r = {vector_keys[k], 0};
            for (size_t i = 0; i < 8; i++) {
                const int64_t sample = distribution_sample(&d, &r);
                if (sample != vectors[kind][k][i]) {
                    fail_msg("kind %zu, key %zu, sample %zu: %lld", kind, k, i, (long long)sample);
                }
            }
        }
    }
}

/* Many samples, so that a difference in a rare branch (a tail, an octave) shows as well. */
static void a_hundred_thousand_samples_have_the_same_sum_everywhere(void **state) {
    (void)state;
    static const uint64_t sums[KINDS] = {
        UINT64_C(0x39364f20d086c800), UINT64_C(0x6aacd00fc705152c), UINT64_C(0x4e1b9b86ce520f86),
        UINT64_C(0x10e662e9574103b5), UINT64_C(0x14f8180659d34705), UINT64_C(0x8790509b9458b76b),
        UINT64_C(0x987e70790e9202a4), UINT64_C(0x45f41b5652c35434),
    };
    for (size_t kind = 0; kind < KINDS; kind++) {
        const struct distribution d = make((enum distribution_kind)kind);
        struct random r = {5, 0};
        uint64_t sum = 0;
        for (int i = 0; i < 100000; i++) {
            sum = sum * UINT64_C(6364136223846793005) + (uint64_t)distribution_sample(&d, &r);
        }
        if (sum != sums[kind]) fail_msg("kind %zu: 0x%016llx", kind, (unsigned long long)sum);
    }
}

static void every_sample_takes_one_draw(void **state) {
    (void)state;
    for (int kind = 0; kind < KINDS; kind++) {
        const struct distribution d = make((enum distribution_kind)kind);
        struct random r = {6, 0};
        for (uint64_t i = 1; i <= 1000; i++) {
            distribution_sample(&d, &r);
            assert_true(r.index == i);
        }
    }
}

/* ---- the building blocks ---- */

static void an_exponential_is_minus_the_logarithm_of_its_draw(void **state) {
    (void)state;
    struct random r = {7, 0};
    double worst = 0;
    for (int i = 0; i < 1000000; i++) {
        const uint64_t drawn = draw(&r) >> (i % 60);
        const double exact = -log(((double)drawn + 0.5) * 0x1p-64);
        const double error = fabs((double)exponential_q32(drawn) * 0x1p-32 - exact);
        /* Below, half a unit of the draw itself weighs more. */
        if (drawn > UINT64_C(1) << 32 && error > worst) worst = error;
    }
    assert_true(worst < 2e-6);
}

static void an_exponential_falls_as_its_draw_rises(void **state) {
    (void)state;
    int64_t before = INT64_MAX;
    for (unsigned octave = 1; octave < 64; octave++) {
        const uint64_t from = UINT64_C(1) << octave;
        const uint64_t step = octave < 12 ? 1 : from >> 12;
        for (uint64_t i = 0; i * step < from; i++) {
            const int64_t now = exponential_q32(from + i * step);
            assert_true(now <= before && now >= 0);
            before = now;
        }
    }
    assert_true(exponential_q32(UINT64_MAX) >= 0);
    assert_true(exponential_q32(0) == exponential_q32(1));
    assert_true(exponential_q32(0) >> 32 == 44);
}

static void a_normal_quantile_inverts_the_normal_distribution(void **state) {
    (void)state;
    /* Where Wichura's paper tests the algorithm, and both tails. */
    static const struct {
        double p, z;
    } known[] = {
        {0.25, -0.6744897501960817}, {0.001, -3.090232306167814},
        {1e-10, -6.361340902404056}, {0.5, 0.0},
        {0.99, 2.3263478740408408},  {0.975, 1.959963984540054},
    };
    for (size_t i = 0; i < COUNT(known); i++) {
        const double z = normal_quantile((uint64_t)(known[i].p * 0x1p64));
        assert_true(fabs(z - known[i].z) < 1e-6);
    }
    struct random r = {8, 0};
    for (int i = 0; i < 200000; i++) {
        const uint64_t drawn = draw(&r) >> (i % 50);
        const double p = ((double)(drawn >> 11) + 0.5) * 0x1p-53;
        const double back = 0.5 * erfc(-normal_quantile(drawn) * 0.70710678118654752);
        assert_true(fabs(back - p) <= 1e-13 * p + 1e-16);
    }
}

static void a_normal_quantile_is_symmetric_and_rises(void **state) {
    (void)state;
    double before = -100;
    for (uint64_t i = 0; i < 4096; i++) {
        const uint64_t drawn = i << 52;
        const double z = normal_quantile(drawn);
        assert_true(z > before);
        assert_true(normal_quantile(~drawn) == -z);
        before = z;
    }
    assert_true(normal_quantile(0) < -8.2 && normal_quantile(0) > -8.3);
}

static void the_fast_exp_and_log_are_right_to_8_parts_in_10_to_the_16(void **state) {
    (void)state;
    struct random r = {9, 0};
    for (int i = 0; i < 500000; i++) {
        const double x = ((double)(draw(&r) >> 11) * 0x1p-53 - 0.5) * (i % 2 ? 1400 : 2);
        const double e = fast_exp(x), exact = exp(x);
        if (fabs(e - exact) > 8e-16 * exact) fail_msg("exp(%a): %a, not %a", x, e, exact);
        const double l = fast_log(exact), back = log(exact);
        if (fabs(l - back) > 8e-16 * fabs(back)) fail_msg("log(%a): %a, not %a", exact, l, back);
    }
    assert_true(fast_exp(0.0) == 1.0 && fast_log(1.0) == 0.0);
}

/* ---- statistics ---- */

enum { SAMPLES = 400000 };

static int by_value(const void *a, const void *b) {
    const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return x < y ? -1 : x > y;
}

/* Sorted samples; the caller frees. */
static int64_t *sorted_samples(const struct distribution *d, uint64_t key) {
    int64_t *samples = malloc(SAMPLES * sizeof *samples);
    assert_non_null(samples);
    struct random r = {key, 0};
    for (int i = 0; i < SAMPLES; i++) samples[i] = distribution_sample(d, &r);
    qsort(samples, SAMPLES, sizeof *samples, by_value);
    return samples;
}

static double mean_of(const int64_t *samples) {
    double sum = 0;
    for (int i = 0; i < SAMPLES; i++) sum += (double)samples[i];
    return sum / SAMPLES;
}

static double deviation_of(const int64_t *samples) {
    const double mean = mean_of(samples);
    double sum = 0;
    for (int i = 0; i < SAMPLES; i++) {
        const double off = (double)samples[i] - mean;
        sum += off * off;
    }
    return sqrt(sum / SAMPLES);
}

static double quantile_of(const int64_t *samples, double p) {
    return (double)samples[(int)(p * SAMPLES)];
}

static void check_near(const char *what, double found, double expected, double relative) {
    if (fabs(found - expected) > fabs(expected) * relative) {
        fail_msg("%s: %f, expected %f", what, found, expected);
    }
}

static void a_uniform_fills_its_range_to_both_ends(void **state) {
    (void)state;
    const struct distribution d = make(DISTRIBUTION_UNIFORM);
    int64_t *samples = sorted_samples(&d, 21);
    assert_true(samples[0] == 1000 && samples[SAMPLES - 1] == 2000);
    check_near("mean", mean_of(samples), 1500, 0.002);
    check_near("deviation", deviation_of(samples), 288.96, 0.005);
    free(samples);
}

static void an_exponential_has_its_mean_deviation_and_tail(void **state) {
    (void)state;
    const struct distribution d = make(DISTRIBUTION_EXPONENTIAL);
    int64_t *samples = sorted_samples(&d, 22);
    check_near("mean", mean_of(samples), 5e6 + 1000, 0.008);
    check_near("deviation", deviation_of(samples), 5e6, 0.015);
    check_near("median", quantile_of(samples, 0.5), 5e6 * 0.693147 + 1000, 0.012);
    check_near("p99", quantile_of(samples, 0.99), 5e6 * 4.60517 + 1000, 0.02);
    check_near("p99.99", quantile_of(samples, 0.9999), 5e6 * 9.21034 + 1000, 0.1);
    assert_true(samples[0] >= 1000);
    free(samples);
}

/* chi-square over 1000 cells of equal probability, with 999 degrees of freedom: 1250 is 5.6
 * deviations. The table's chords must not show. */
static void an_exponential_has_the_right_shape_throughout(void **state) {
    (void)state;
    static int cells[1000];
    struct random r = {23, 0};
    for (int i = 0; i < 2000000; i++) {
        const double x = (double)exponential_q32(draw(&r)) * 0x1p-32;
        cells[(int)(1000 * exp(-x) * (1 - 1e-12))]++;
    }
    double sum = 0;
    for (int i = 0; i < 1000; i++) sum += (cells[i] - 2000.0) * (cells[i] - 2000.0) / 2000.0;
    if (sum > 1250 || sum < 770) fail_msg("chi-square %f", sum);
}

static void a_normal_has_its_mean_and_deviation_and_is_cut_at_0(void **state) {
    (void)state;
    struct distribution d = make(DISTRIBUTION_NORMAL);
    int64_t *samples = sorted_samples(&d, 24);
    check_near("mean", mean_of(samples), 10e6, 0.002);
    check_near("deviation", deviation_of(samples), 2e6, 0.006);
    check_near("p1", quantile_of(samples, 0.01), 10e6 - 2e6 * 2.326348, 0.008);
    check_near("p99", quantile_of(samples, 0.99), 10e6 + 2e6 * 2.326348, 0.004);
    free(samples);
    d.a = 0;
    samples = sorted_samples(&d, 25);
    assert_true(samples[0] == 0 && samples[SAMPLES * 49 / 100] == 0);
    assert_true(samples[SAMPLES * 51 / 100] > 0);
    free(samples);
}

static void a_lognormal_has_its_median_and_99th_percentile(void **state) {
    (void)state;
    struct distribution d = make(DISTRIBUTION_LOGNORMAL);
    int64_t *samples = sorted_samples(&d, 26);
    check_near("median", quantile_of(samples, 0.5), 500000, 0.006);
    check_near("p99", quantile_of(samples, 0.99), 2000000, 0.02);
    check_near("p1", quantile_of(samples, 0.01), 125000, 0.02);
    check_near("mean", mean_of(samples), 500000 * exp(d.shape * d.shape / 2), 0.006);
    free(samples);
    d = distribution_lognormal(300, 300);
    struct random r = {1, 0};
    for (int i = 0; i < 1000; i++) assert_true(distribution_sample(&d, &r) == 300);
}

static void a_pareto_has_its_least_value_and_its_tail(void **state) {
    (void)state;
    const struct distribution d = make(DISTRIBUTION_PARETO);
    int64_t *samples = sorted_samples(&d, 27);
    assert_true(samples[0] >= MS && samples[0] < MS + 100);
    check_near("median", quantile_of(samples, 0.5), 1e6 * pow(2, 1 / 2.5), 0.004);
    check_near("p99", quantile_of(samples, 0.99), 1e6 * pow(100, 1 / 2.5), 0.02);
    check_near("p99.9", quantile_of(samples, 0.999), 1e6 * pow(1000, 1 / 2.5), 0.06);
    check_near("mean", mean_of(samples), 1e6 * 2.5 / 1.5, 0.01);
    free(samples);
}

static void an_empirical_one_goes_through_its_samples(void **state) {
    (void)state;
    const struct distribution d = make(DISTRIBUTION_EMPIRICAL);
    int64_t *samples = sorted_samples(&d, 28);
    assert_true(samples[0] >= 1000 && samples[SAMPLES - 1] < 20000);
    check_near("p12.5", quantile_of(samples, 0.125), 1250, 0.005);
    check_near("p25", quantile_of(samples, 0.26), 1500, 0);
    check_near("p50", quantile_of(samples, 0.49), 1500, 0);
    check_near("p62.5", quantile_of(samples, 0.625), 2750, 0.01);
    check_near("p75", quantile_of(samples, 0.75), 4000, 0.03);
    check_near("p87.5", quantile_of(samples, 0.875), 12000, 0.01);
    free(samples);
    const struct distribution one = {
        .kind = DISTRIBUTION_EMPIRICAL, .samples = measured, .count = 1};
    struct random r = {1, 0};
    for (int i = 0; i < 100; i++) assert_true(distribution_sample(&one, &r) == 1000);
}

static void a_mixture_takes_each_part_by_its_weight(void **state) {
    (void)state;
    const struct distribution d = make(DISTRIBUTION_MIXTURE);
    int64_t *samples = sorted_samples(&d, 29);
    int constant = 0, uniform = 0;
    double exponential = 0;
    for (int i = 0; i < SAMPLES; i++) {
        if (samples[i] == 5)
            constant++;
        else if (samples[i] <= 20)
            uniform++;
        else
            exponential += (double)samples[i];
    }
    check_near("constant", constant, 0.7 * SAMPLES, 0.006);
    check_near("uniform", uniform, 0.1 * SAMPLES, 0.025);
    check_near("exponential", exponential / (SAMPLES - constant - uniform), 1e6 + 100, 0.02);
    free(samples);
}

/* ---- the ends ---- */

static void no_sample_is_below_the_least_nor_out_of_range(void **state) {
    (void)state;
    for (int kind = 0; kind < KINDS; kind++) {
        const struct distribution d = make((enum distribution_kind)kind);
        const int64_t least = distribution_min(&d);
        struct random r = {30, 0};
        for (int i = 0; i < 100000; i++) assert_true(distribution_sample(&d, &r) >= least);
    }
    const struct distribution huge[] = {
        {.kind = DISTRIBUTION_CONSTANT, .a = INT64_MAX},
        {.kind = DISTRIBUTION_CONSTANT, .a = -1},
        {.kind = DISTRIBUTION_UNIFORM, .a = 0, .b = INT64_MAX},
        {.kind = DISTRIBUTION_UNIFORM, .a = INT64_MIN, .b = INT64_MAX},
        {.kind = DISTRIBUTION_EXPONENTIAL, .a = INT64_MAX, .b = INT64_MAX},
        {.kind = DISTRIBUTION_NORMAL, .a = INT64_MAX, .b = INT64_MAX},
        {.kind = DISTRIBUTION_LOGNORMAL, .a = INT64_MAX, .b = INT64_MAX, .shape = 1e300},
        {.kind = DISTRIBUTION_PARETO, .a = INT64_MAX, .shape = 1e-300},
        {.kind = DISTRIBUTION_PARETO, .a = 1, .shape = 0.0},
    };
    for (size_t i = 0; i < COUNT(huge); i++) {
        struct random r = {31, 0};
        for (int k = 0; k < 10000; k++) {
            const int64_t sample = distribution_sample(&huge[i], &r);
            assert_true(sample >= 0 && sample <= INT64_MAX / 4);
        }
    }
}

static void the_least_is_stated_exactly(void **state) {
    (void)state;
    static const int64_t never_first[] = {0, 10};
    const struct distribution d = {
        .kind = DISTRIBUTION_MIXTURE, .samples = never_first, .parts = parts, .count = 2};
    assert_true(distribution_min(&d) == 100); /* the first part has no weight */
    struct random r = {32, 0};
    for (int i = 0; i < 1000; i++) assert_true(distribution_sample(&d, &r) >= 100);
    const struct distribution all = make(DISTRIBUTION_MIXTURE);
    assert_true(distribution_min(&all) == 5);
    const struct distribution normal = {.kind = DISTRIBUTION_NORMAL, .a = 100 * MS, .b = MS};
    assert_true(distribution_min(&normal) / MS == 91); /* 8.2 deviations below */
}

static void each_is_described_in_words(void **state) {
    (void)state;
    static const char *const expected[KINDS] = {
        "7ms",
        "uniform from 1us to 2us",
        "1us + exponential of mean 5ms",
        "normal of mean 10ms, deviation 2ms",
        "lognormal of median 500us, p99 2ms",
        "pareto of at least 1ms, shape 2.500",
        "of 5 samples from 1us to 20us",
        ("a mixture: 70% (5ns), 20% (100ns + exponential of mean 1ms), "
         "10% (uniform from 10ns to 20ns)"),
    };
    for (size_t kind = 0; kind < KINDS; kind++) {
        const struct distribution d = make((enum distribution_kind)kind);
        struct text text = {NULL, 0, 0};
        distribution_describe(&d, &text);
        assert_string_equal(text_string(&text), expected[kind]);
        text_free(&text);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_samples_are_what_they_always_were),
        cmocka_unit_test(a_hundred_thousand_samples_have_the_same_sum_everywhere),
        cmocka_unit_test(every_sample_takes_one_draw),
        cmocka_unit_test(an_exponential_is_minus_the_logarithm_of_its_draw),
        cmocka_unit_test(an_exponential_falls_as_its_draw_rises),
        cmocka_unit_test(a_normal_quantile_inverts_the_normal_distribution),
        cmocka_unit_test(a_normal_quantile_is_symmetric_and_rises),
        cmocka_unit_test(the_fast_exp_and_log_are_right_to_8_parts_in_10_to_the_16),
        cmocka_unit_test(a_uniform_fills_its_range_to_both_ends),
        cmocka_unit_test(an_exponential_has_its_mean_deviation_and_tail),
        cmocka_unit_test(an_exponential_has_the_right_shape_throughout),
        cmocka_unit_test(a_normal_has_its_mean_and_deviation_and_is_cut_at_0),
        cmocka_unit_test(a_lognormal_has_its_median_and_99th_percentile),
        cmocka_unit_test(a_pareto_has_its_least_value_and_its_tail),
        cmocka_unit_test(an_empirical_one_goes_through_its_samples),
        cmocka_unit_test(a_mixture_takes_each_part_by_its_weight),
        cmocka_unit_test(no_sample_is_below_the_least_nor_out_of_range),
        cmocka_unit_test(the_least_is_stated_exactly),
        cmocka_unit_test(each_is_described_in_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
