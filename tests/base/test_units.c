/* Quantities with units: exact, bounded, and helpful to whoever mistypes one. */
#include "base_test.h"

#include <stdio.h>
#include <string.h>

#include "base/random.h"
#include "base/units.h"

static void check(enum quantity quantity, const char *string, int64_t expected) {
    struct text error = {NULL, 0, 0};
    int64_t value = -1;
    if (!quantity_parse(quantity, string, &value, &error)) fail_msg("%s", text_string(&error));
    if (value != expected) {
        fail_msg("\"%s\": %lld, expected %lld", string, (long long)value, (long long)expected);
    }
    assert_string_equal(text_string(&error), "");
}

static void check_refused(enum quantity quantity, const char *string, const char *expected) {
    struct text error = {NULL, 0, 0};
    int64_t value = 77;
    assert_false(quantity_parse(quantity, string, &value, &error));
    assert_string_equal(text_string(&error), expected);
    assert_true(value == 77);
    text_free(&error);
}

static void durations_are_read_into_ns(void **state) {
    (void)state;
    check(QUANTITY_DURATION, "5ns", 5);
    check(QUANTITY_DURATION, "5us", 5000);
    check(QUANTITY_DURATION, "5\xc2\xb5s", 5000);
    check(QUANTITY_DURATION, "5ms", 5000000);
    check(QUANTITY_DURATION, "5s", INT64_C(5000000000));
    check(QUANTITY_DURATION, "5min", INT64_C(300000000000));
    check(QUANTITY_DURATION, "5h", INT64_C(18000000000000));
    check(QUANTITY_DURATION, "5d", INT64_C(432000000000000));
    check(QUANTITY_DURATION, "0", 0);
    check(QUANTITY_DURATION, "0.0", 0);
    check(QUANTITY_DURATION, " +5 ms ", 5000000);
    check(QUANTITY_DURATION, "005ms", 5000000);
    check(QUANTITY_DURATION, ".5ms", 500000);
    check(QUANTITY_DURATION, "5.ms", 5000000);
}

static void decimals_are_exact(void **state) {
    (void)state;
    check(QUANTITY_DURATION, "0.1s", 100000000);
    check(QUANTITY_DURATION, "0.3s", 300000000);
    check(QUANTITY_DURATION, "1.000000001s", 1000000001);
    check(QUANTITY_DURATION, "4.35us", 4350);
    check(QUANTITY_DURATION, "0.000011574074074074074074074d", 999999999);
    check(QUANTITY_DURATION, "0.99999999999999999999999999999999999999ns", 0);
    check(QUANTITY_DURATION, "1.99999999999999999999999999999999999999ns", 1);
    check(QUANTITY_DURATION, "1e-05s", 10000);
    check(QUANTITY_DURATION, "2.5e3ms", INT64_C(2500000000));
    check(QUANTITY_DURATION, "1e-4000s", 0);
    check(QUANTITY_DURATION, "0e4000s", 0);
    check(QUANTITY_BYTES, "1.5KiB", 1536);
    check(QUANTITY_RATIO, "0.1", 100000000);
    check(QUANTITY_RATIO, "33.3333333%", 333333333);
}

static void sizes_are_read_into_bytes(void **state) {
    (void)state;
    check(QUANTITY_BYTES, "5B", 5);
    check(QUANTITY_BYTES, "5kB", 5000);
    check(QUANTITY_BYTES, "200MB", 200000000);
    check(QUANTITY_BYTES, "1GB", 1000000000);
    check(QUANTITY_BYTES, "1TB", INT64_C(1000000000000));
    check(QUANTITY_BYTES, "1KiB", 1024);
    check(QUANTITY_BYTES, "1MiB", 1048576);
    check(QUANTITY_BYTES, "1GiB", 1073741824);
    check(QUANTITY_BYTES, "1TiB", INT64_C(1099511627776));
}

static void bandwidths_are_read_into_bytes_a_second(void **state) {
    (void)state;
    check(QUANTITY_BANDWIDTH, "5B/s", 5);
    check(QUANTITY_BANDWIDTH, "100MB/s", 100000000);
    check(QUANTITY_BANDWIDTH, "1MiB/s", 1048576);
    check(QUANTITY_BANDWIDTH, "1Gbit/s", 125000000);
    check(QUANTITY_BANDWIDTH, "100Mbit/s", 12500000);
    check(QUANTITY_BANDWIDTH, "9bit/s", 1);
    check(QUANTITY_BANDWIDTH, "0.1kbit/s", 12);
}

static void ratios_are_read_into_parts_per_billion(void **state) {
    (void)state;
    check(QUANTITY_RATIO, "10%", 100000000);
    check(QUANTITY_RATIO, "50ppm", 50000);
    check(QUANTITY_RATIO, "3ppb", 3);
    check(QUANTITY_RATIO, "0.25", 250000000);
    check(QUANTITY_RATIO, "1", 1000000000);
    check(QUANTITY_RATIO, "1e-05", 10000);
    check(QUANTITY_RATIO, "0", 0);
}

static void rates_are_read_into_events_in_1000_seconds(void **state) {
    (void)state;
    check(QUANTITY_RATE, "500/s", 500000);
    check(QUANTITY_RATE, "0.5/s", 500);
    check(QUANTITY_RATE, "2k/s", 2000000);
    check(QUANTITY_RATE, "6/min", 100);
    check(QUANTITY_RATE, "10/min", 166);
    check(QUANTITY_RATE, "36/h", 10);
}

static void counts_are_whole(void **state) {
    (void)state;
    check(QUANTITY_COUNT, "1000", 1000);
    check(QUANTITY_COUNT, "2k", 2000);
    check(QUANTITY_COUNT, "1.5M", 1500000);
    check(QUANTITY_COUNT, "9223372036854775807", INT64_MAX);
    check_refused(QUANTITY_COUNT, "1.5", "\"1.5\": a count is a whole number, as in \"1000\"");
}

static void the_largest_that_fits_is_read_and_the_next_refused(void **state) {
    (void)state;
    check(QUANTITY_DURATION, "9223372036854775807ns", INT64_MAX);
    check(QUANTITY_DURATION, "9223372036.854775807s", INT64_MAX);
    check(QUANTITY_DURATION, "9223372036.854775807999s", INT64_MAX);
    check(QUANTITY_BANDWIDTH, "73786976294.838206463Gbit/s", INT64_MAX);
    const char *does_not_fit[] = {
        "9223372036854775808ns",
        "9223372036.854775808s",
        "106752d",
        "18446744073709551616ns",
        "340282366920938463463374607431768211456ns",
        "1e30s",
        "1e999999999999s",
        "99999999999999999999999999999999999999999999999999999999999999999999999999999d",
    };
    for (size_t i = 0; i < COUNT(does_not_fit); i++) {
        char expected[200];
        snprintf(expected, sizeof expected,
                 "\"%s\": a duration of that size does not fit in 63 bits", does_not_fit[i]);
        check_refused(QUANTITY_DURATION, does_not_fit[i], expected);
    }
}

static void a_mistake_is_answered_with_what_was_expected(void **state) {
    (void)state;
    check_refused(QUANTITY_DURATION, "5 parsec",
                  "\"5 parsec\": unknown unit \"parsec\" for a duration; "
                  "expected ns, us, ms, s, min, h or d, as in \"5ms\"");
    check_refused(QUANTITY_DURATION, "5",
                  "\"5\": a duration needs a unit: ns, us, ms, s, min, h or d, as in \"5ms\"");
    check_refused(QUANTITY_DURATION, "-5ms",
                  "\"-5ms\": a duration cannot be negative; expected something like \"5ms\"");
    check_refused(QUANTITY_RATIO, "-10%",
                  "\"-10%\": a ratio cannot be negative; expected something like \"10%\"");
    check_refused(QUANTITY_BYTES, "many", "\"many\": a size begins with a number, as in \"200MB\"");
    check_refused(QUANTITY_BYTES, "", "\"\": a size begins with a number, as in \"200MB\"");
    check_refused(QUANTITY_BYTES, ".", "\".\": a size begins with a number, as in \"200MB\"");
    check_refused(QUANTITY_COUNT, "5 apples",
                  "\"5 apples\": unknown unit \"apples\" for a count; "
                  "expected k, M, G, or no unit, as in \"1000\"");
    check_refused(QUANTITY_DURATION, "1.2.3s",
                  "\"1.2.3s\": unknown unit \".3s\" for a duration; "
                  "expected ns, us, ms, s, min, h or d, as in \"5ms\"");
}

static void a_near_miss_gets_a_suggestion(void **state) {
    (void)state;
    check_refused(QUANTITY_BYTES, "200Mb",
                  "\"200Mb\": unknown unit \"Mb\" for a size; did you mean \"MB\" or \"MiB\"?");
    check_refused(QUANTITY_BYTES, "2KB",
                  "\"2KB\": unknown unit \"KB\" for a size; did you mean \"kB\" or \"KiB\"?");
    check_refused(QUANTITY_BANDWIDTH, "1Gbps",
                  "\"1Gbps\": unknown unit \"Gbps\" for a bandwidth; "
                  "did you mean \"GB/s\" or \"GiB/s\" or \"Gbit/s\"?");
    check_refused(QUANTITY_BANDWIDTH, "1Gbit",
                  "\"1Gbit\": unknown unit \"Gbit\" for a bandwidth; did you mean \"Gbit/s\"?");
    check_refused(QUANTITY_DURATION, "5MS",
                  "\"5MS\": unknown unit \"MS\" for a duration; did you mean \"ms\"?");
    check_refused(QUANTITY_DURATION, "5m",
                  "\"5m\": unknown unit \"m\" for a duration; did you mean \"min\" or \"ms\"?");
}

static const char *const formatted[][3] = {
    [QUANTITY_DURATION] = {"90s", "1.500001ms", "2h"},
    [QUANTITY_BYTES] = {"16KiB", "1.5MB", "999B"},
    [QUANTITY_BANDWIDTH] = {"125MB/s", "64KiB/s", "0B/s"},
    [QUANTITY_RATIO] = {"12.5%", "50ppm", "1.5ppm"},
    [QUANTITY_RATE] = {"500/s", "0.5/s", "2000/s"},
    [QUANTITY_COUNT] = {"0", "1000", "9223372036854775807"},
};

static void what_is_written_is_what_was_read(void **state) {
    (void)state;
    for (size_t q = 0; q < COUNT(formatted); q++) {
        for (size_t i = 0; i < 3; i++) {
            struct text text = {NULL, 0, 0}, error = {NULL, 0, 0};
            int64_t value = 0;
            if (!quantity_parse((enum quantity)q, formatted[q][i], &value, &error)) {
                fail_msg("%s", text_string(&error));
            }
            quantity_format((enum quantity)q, value, &text);
            assert_string_equal(text_string(&text), formatted[q][i]);
            text_free(&text);
        }
        check((enum quantity)q, quantity_example((enum quantity)q),
              (const int64_t[]){5000000, 200000000, 125000000, 100000000, 500000, 1000}[q]);
    }
}

static void every_value_written_reads_back_the_same(void **state) {
    (void)state;
    struct random r = {11, 0};
    for (int i = 0; i < 30000; i++) {
        const enum quantity q = (enum quantity)draw_below(&r, QUANTITY_COUNT + 1);
        int64_t value = (int64_t)(draw(&r) >> 1);
        value >>= draw_below(&r, 63);
        if (draw_chance(&r, 300000000)) value = value / 60000000000 * 60000000000;
        struct text text = {NULL, 0, 0};
        quantity_format(q, value, &text);
        check(q, text_string(&text), value);
        text_free(&text);
    }
}

static void hostile_strings_are_read_or_refused_and_never_crash(void **state) {
    (void)state;
    static const char alphabet[] = "0123456789..eE+-kKMGTBbitsminhdp/% \xc2\xb5\xff\x01";
    for (uint64_t seed = 0; seed < 50000; seed++) {
        struct random r = {seed, 0};
        char string[200];
        const size_t size = (size_t)draw_below(&r, draw_chance(&r, 100000000) ? 199 : 12);
        for (size_t i = 0; i < size; i++) {
            string[i] = alphabet[draw_below(&r, (int64_t)sizeof alphabet - 1)];
        }
        string[size] = '\0';
        for (int q = 0; q <= QUANTITY_COUNT; q++) {
            struct text error = {NULL, 0, 0};
            int64_t value = -1;
            const bool fine = quantity_parse((enum quantity)q, string, &value, &error);
            assert_true(fine ? value >= 0 && error.size == 0 : value == -1 && error.size > 0);
            text_free(&error);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(durations_are_read_into_ns),
        cmocka_unit_test(decimals_are_exact),
        cmocka_unit_test(sizes_are_read_into_bytes),
        cmocka_unit_test(bandwidths_are_read_into_bytes_a_second),
        cmocka_unit_test(ratios_are_read_into_parts_per_billion),
        cmocka_unit_test(rates_are_read_into_events_in_1000_seconds),
        cmocka_unit_test(counts_are_whole),
        cmocka_unit_test(the_largest_that_fits_is_read_and_the_next_refused),
        cmocka_unit_test(a_mistake_is_answered_with_what_was_expected),
        cmocka_unit_test(a_near_miss_gets_a_suggestion),
        cmocka_unit_test(what_is_written_is_what_was_read),
        cmocka_unit_test(every_value_written_reads_back_the_same),
        cmocka_unit_test(hostile_strings_are_read_or_refused_and_never_crash),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
