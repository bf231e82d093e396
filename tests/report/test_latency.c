/* Percentiles: exact for few values, within a thousandth for many. */
#include "report_test.h"

#include "report/latency.h"

static void of_no_values_every_percentile_is_zero(void **state) {
    struct latency latency = {0};
    assert_int_equal(latency_quantile(&latency, 99, 100), 0);
    latency_free(&latency);
}

static void percentiles_of_few_values_are_values_by_nearest_rank(void **state) {
    /* The textbook's example: 15 20 35 40 50; p30 is the 2nd, p40 the 2nd, p50 the 3rd, p100 the
     * 5th. */
    const int64_t values[] = {40, 15, 50, 35, 20};
    struct latency latency = {0};
    for (int i = 0; i < 5; i++) latency_add(&latency, values[i]);
    assert_int_equal(latency_quantile(&latency, 30, 100), 20);
    assert_int_equal(latency_quantile(&latency, 40, 100), 20);
    assert_int_equal(latency_quantile(&latency, 50, 100), 35);
    assert_int_equal(latency_quantile(&latency, 100, 100), 50);
    assert_int_equal(latency_quantile(&latency, 0, 100), 15);
    assert_int_equal(latency.min, 15);
    assert_int_equal(latency.max, 50);
    latency_free(&latency);
}

static void values_added_after_a_question_count_too(void **state) {
    struct latency latency = {0};
    latency_add(&latency, 10);
    assert_int_equal(latency_quantile(&latency, 50, 100), 10);
    latency_add(&latency, 2);
    latency_add(&latency, 1);
    assert_int_equal(latency_quantile(&latency, 50, 100), 2);
    latency_free(&latency);
}

static int by_value(const void *left, const void *right) {
    const int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;
    return (a > b) - (a < b);
}

/* The clever one against a dumb one, over values of all sizes. */
static void percentiles_of_many_values_are_at_most_a_thousandth_too_high(void **state) {
    enum { COUNT = 200000 };
    int64_t *values = malloc(COUNT * sizeof *values);
    assert_non_null(values);
    struct latency latency = {0};
    uint64_t bits = 88172645463325252u;
    for (int i = 0; i < COUNT; i++) {
        bits ^= bits << 13, bits ^= bits >> 7, bits ^= bits << 17;
        values[i] = (int64_t)(bits >> (1 + i % 60));
        latency_add(&latency, values[i]);
    }
    assert_non_null(latency.buckets);
    qsort(values, COUNT, sizeof *values, by_value);
    for (int64_t p = 0; p <= 1000; p++) {
        const int64_t rank = (COUNT * p + 999) / 1000;
        const int64_t exact = values[rank > 0 ? rank - 1 : 0];
        const int64_t found = latency_quantile(&latency, p, 1000);
        assert_true(found >= exact);
        assert_true(found - exact <= exact / 1000);
    }
    assert_int_equal(latency_quantile(&latency, 1, 1), values[COUNT - 1]);
    latency_free(&latency);
    free(values);
}

static void the_greatest_of_all_numbers_has_a_bucket(void **state) {
    struct latency latency = {0};
    for (int i = 0; i <= LATENCY_EXACT_MAX; i++) latency_add(&latency, INT64_MAX);
    latency_add(&latency, -5);
    assert_int_equal(latency_quantile(&latency, 1, 2), INT64_MAX);
    assert_int_equal(latency.min, 0);
    latency_free(&latency);
}

static void a_cleared_one_is_empty_and_can_be_filled_again(void **state) {
    struct latency latency = {0};
    for (int i = 0; i < LATENCY_EXACT_MAX + 10; i++) latency_add(&latency, i);
    latency_clear(&latency);
    assert_int_equal(latency_quantile(&latency, 1, 2), 0);
    latency_add(&latency, 7);
    assert_int_equal(latency_quantile(&latency, 1, 2), 7);
    latency_free(&latency);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(of_no_values_every_percentile_is_zero),
        cmocka_unit_test(percentiles_of_few_values_are_values_by_nearest_rank),
        cmocka_unit_test(values_added_after_a_question_count_too),
        cmocka_unit_test(percentiles_of_many_values_are_at_most_a_thousandth_too_high),
        cmocka_unit_test(the_greatest_of_all_numbers_has_a_bucket),
        cmocka_unit_test(a_cleared_one_is_empty_and_can_be_filled_again),
    };
    return cmocka_run_group_tests_name("latency", tests, NULL, NULL);
}
