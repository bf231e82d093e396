/* Multiplications that pass 64 bits on the way, against small numbers and the ends of the range. */
#include "base_test.h"

#include "base/wide.h"

static void a_quotient_is_rounded_down_even_below_zero(void **state) {
    (void)state;
    assert_true(mul_div(7, 1, 2) == 3);
    assert_true(mul_div(-7, 1, 2) == -4);
    assert_true(mul_div(7, -1, 2) == -4);
    assert_true(mul_div(-8, 1, 2) == -4);
}

static void a_quotient_can_be_rounded_up(void **state) {
    (void)state;
    assert_true(mul_div_up(7, 1, 2) == 4);
    assert_true(mul_div_up(-7, 1, 2) == -3);
    assert_true(mul_div_up(8, 1, 2) == 4);
    assert_true(mul_div_up(0, 5, 3) == 0);
}

static void a_product_may_pass_64_bits_on_the_way(void **state) {
    (void)state;
    assert_true(mul_div(INT64_MAX, INT64_MAX, INT64_MAX) == INT64_MAX);
    assert_true(mul_div(INT64_MIN, 3, 3) == INT64_MIN);
    assert_true(mul_div(INT64_C(4000000000000000000), 1000000000, 1000000007) ==
                INT64_C(3999999972000000195));
    /* Rounding is the same on the wide way as on the short one. */
    assert_true(mul_div(INT64_MIN, 3, 7) == INT64_C(-3952873730080618204));
    assert_true(mul_div_up(INT64_MIN, 3, 7) == INT64_C(-3952873730080618203));
    assert_true(mul_div(INT64_MAX, 3, 8) == INT64_C(3458764513820540927));
    assert_true(mul_div_up(INT64_MAX, 3, 8) == INT64_C(3458764513820540928));
}

static void a_result_out_of_range_stays_at_the_end(void **state) {
    (void)state;
    assert_true(mul_div(INT64_MAX, 2, 1) == INT64_MAX);
    assert_true(mul_div(INT64_MIN, 2, 1) == INT64_MIN);
    assert_true(mul_div_up(INT64_MAX, 3, 2) == INT64_MAX);
    assert_true(mul_div_up(INT64_MIN, 3, 2) == INT64_MIN);
    assert_true(add_sat(INT64_MAX, 1) == INT64_MAX);
    assert_true(add_sat(INT64_MIN, -1) == INT64_MIN);
    assert_true(add_sat(INT64_MAX, INT64_MIN) == -1);
    assert_true(sub_sat(INT64_MAX, -1) == INT64_MAX);
    assert_true(sub_sat(INT64_MIN, 1) == INT64_MIN);
    assert_true(sub_sat(0, INT64_MIN) == INT64_MAX);
    assert_true(sub_sat(-1, INT64_MAX) == INT64_MIN);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_quotient_is_rounded_down_even_below_zero),
        cmocka_unit_test(a_quotient_can_be_rounded_up),
        cmocka_unit_test(a_product_may_pass_64_bits_on_the_way),
        cmocka_unit_test(a_result_out_of_range_stays_at_the_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
