/* Our mathematics: exact bits that every machine must give, and the error against libm's long
 * double. */
#include "sandbox_fixture.h"

#include "script/portable_math.h"

#include <math.h>

struct vector {
    double x;
    uint64_t bits[6]; /* exp(-x), log x, x^1.7, sin x, cos x, atan x */
};

static const struct vector vectors[] = {
    {0.10000000000000001,
     {0x3fecf46d99d52b3a, 0xc0026bb1bbb55515, 0x3f946e75df96dc9a, 0x3fb98eaecb8bcb2c,
      0x3fefd712f9a817c1, 0x3fb983e282e2cc4d}},
    {0.69999999999999996,
     {0x3fdfc80db9dd5542, 0xbfd6d3c324e13f50, 0x3fe1736b10d5852e, 0x3fe49d6e694619b8,
      0x3fe87996529f9d93, 0x3fe38b112d7bd4ad}},
    {1,
     {0x3fd78b56362cef38, 0x0000000000000000, 0x3ff0000000000000, 0x3feaed548f090cee,
      0x3fe14a280fb5068c, 0x3fe921fb54442d18}},
    {1.5,
     {0x3fcc8f87724b5c1d, 0x3fd9f323ecbf984c, 0x3fffe077ea4184ba, 0x3fefeb7a9b2c6d8b,
      0x3fb21bd54fc5f9a7, 0x3fef730bd281f69b}},
    {2.7182818284590451,
     {0x3fb0e49787e20548, 0x3ff0000000000000, 0x4015e552770df8a6, 0x3fda4a3d9c2131df,
      0xbfed2cec9a554007, 0x3ff37e1637253389}},
    {10,
     {0x3f07cd79b5647c9b, 0x40026bb1bbb55516, 0x40490f3253c017a0, 0xbfe1689ef5f34f52,
      0xbfead9ac890c6b1f, 0x3ff789bd2c160054}},
    {123.456,
     {0x34cda9fb9e4ee720, 0x401343774f3e2362, 0x40ac13e0f1519f70, 0xbfe9b9dadc41aeb6,
      0xbfe307e5980a1558, 0x3ff900cdfeb560b4}},
    {1.0000000000000001e-05,
     {0x3fefffeb07515653, 0xc027069e2aa2aa5b, 0x3e2b29ec0fbe4539, 0x3ee4f8b588e1e8a2,
      0x3feffffffff920c8, 0x3ee4f8b588e06854}},
    {1e+22,
     {0x0000000000000000, 0x40495414621954fe, 0x47b2e5b7a0aaed49, 0xbfeb453ab76bf397,
      0x3fe0be2cef01c8f4, 0x3ff921fb54442d18}},
};

static uint64_t bits_of(double value) {
    uint64_t bits;
    memcpy(&bits, &value, sizeof(bits));
    return bits;
}

static void the_bits_are_the_same_on_every_machine(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
        double x = vectors[i].x;
        assert_int_equal(bits_of(portable_exp(-x)), vectors[i].bits[0]);
        assert_int_equal(bits_of(portable_log(x)), vectors[i].bits[1]);
        assert_int_equal(bits_of(portable_pow(x, 1.7)), vectors[i].bits[2]);
        assert_int_equal(bits_of(portable_sin(x)), vectors[i].bits[3]);
        assert_int_equal(bits_of(portable_cos(x)), vectors[i].bits[4]);
        assert_int_equal(bits_of(portable_atan2(x, 1)), vectors[i].bits[5]);
    }
}

static uint64_t random_state = 20260707;

static double draw(double low, double high) {
    random_state = random_state * 6364136223846793005U + 1442695040888963407U;
    return low + (high - low) * ((double)(random_state >> 11) / 9007199254740992.0);
}

/* Fails unless got is within 0.51 units in the last place of expected (1.01 for subnormals). */
static void assert_near(const char *name, double x, double got, long double expected) {
    int exponent;
    double rounded = (double)expected;
    if (got == rounded || rounded - rounded != 0 || rounded == 0) { return; }
    (void)frexp(rounded, &exponent);
    double unit = exponent < -1021 ? 0x1p-1074 : ldexp(1, exponent - 53);
    double error = (double)fabsl((long double)got - expected) / unit;
    if (!(error <= (exponent < -1021 ? 1.01 : 0.51))) {
        fail_msg("%s(%.17g) = %.17g, expected %.17g: off by %g ulp", name, x, got, rounded, error);
    }
}

static void the_error_is_about_half_a_unit_in_the_last_place(void **state) {
    (void)state;
    for (int i = 0; i < 50000; i++) {
        double x = draw(-745, 710);
        assert_near("exp", x, portable_exp(x), expl(x));
        x = draw(0, i % 2 == 0 ? 2 : 1e300);
        assert_near("log", x, portable_log(x), logl(x));
        assert_near("log 10", x, portable_log_base(x, 10), log10l(x));
        x = draw(-100, 100);
        assert_near("sin", x, portable_sin(x), sinl(x));
        assert_near("cos", x, portable_cos(x), cosl(x));
        assert_near("tan", x, portable_tan(x), tanl(x));
        assert_near("atan", x, portable_atan2(x, 1), atanl(x));
        assert_near("atan2", x, portable_atan2(x, -3), atan2l(x, -3));
        x = draw(-1, 1);
        assert_near("asin", x, portable_asin(x), asinl(x));
        assert_near("acos", x, portable_acos(x), acosl(x));
        x = draw(0, 100);
        double y = draw(-50, 50);
        assert_near("pow", x, portable_pow(x, y), powl(x, y));
    }
}

static void special_values_are_those_of_the_standard(void **state) {
    (void)state;
    static const double values[] = {0.0,
                                    -0.0,
                                    1,
                                    -1,
                                    2,
                                    -2,
                                    0.5,
                                    -0.5,
                                    3,
                                    -3,
                                    1e300,
                                    -1e300,
                                    5e-324,
                                    0x1p53,
                                    (double)INFINITY,
                                    -(double)INFINITY,
                                    (double)NAN};
    const size_t count = sizeof(values) / sizeof(values[0]);
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < count; j++) {
            double x = values[i];
            double y = values[j];
            double power = portable_pow(x, y);
            double expected = (double)powl(x, y);
            assert_true((power != power && expected != expected) || power == expected);
            assert_true(power != power || signbit(power) == signbit(expected));
            double angle = portable_atan2(y, x);
            expected = (double)atan2l(y, x);
            assert_true((angle != angle && expected != expected) || fabs(angle - expected) < 1e-15);
            assert_true(angle != angle || signbit(angle) == signbit(expected));
        }
    }
    assert_true(isinf(portable_exp(1000)) && portable_exp(-1000) == 0);
    assert_true(isinf(portable_log(0)) && isnan(portable_log(-1)) && isnan(portable_sin(INFINITY)));
    assert_true(portable_log_base(8, 2) == 3 && portable_log_base(1000, 10) == 3);
    assert_int_equal(signbit(portable_log(-1)), 0);
}

static void the_power_operator_is_ours_folded_or_not(void **state) {
    (void)state;
    char script[512];
    (void)snprintf(
        script, sizeof(script),
        "local a, b = 123.456, 1.7\n"
        "assert(a ^ b == 123.456 ^ 1.7)\n"
        "print(string.format('%%016x', (string.unpack('<i8', string.pack('<d', a ^ b)))))\n"
        "print(2 ^ 0.5 == (function(x) return x ^ 0.5 end)(2))");
    char expected[64];
    (void)snprintf(expected, sizeof(expected), "%016llx\ntrue\n",
                   (unsigned long long)bits_of(portable_pow(123.456, 1.7)));
    assert_prints(script, expected);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_bits_are_the_same_on_every_machine),
        cmocka_unit_test(the_error_is_about_half_a_unit_in_the_last_place),
        cmocka_unit_test(special_values_are_those_of_the_standard),
        cmocka_unit_test(the_power_operator_is_ours_folded_or_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
