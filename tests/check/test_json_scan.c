/* Values in one canonical form: what is equal has equal bytes, and what is no JSON is told. */
#include "check_test.h"

#include "check/json_scan.h"

static void becomes(const char *json, const char *expected) {
    struct text out = {0};
    struct json_scan scan = json_scan_over(json, strlen(json));
    if (!json_scan_value(&scan, &out)) fail_msg("%s: expected %s", json, scan.expected);
    assert_string_equal(text_string(&out), expected);
    text_free(&out);
}

static void is_refused(const char *json, const char *expected) {
    struct text out = {0};
    struct json_scan scan = json_scan_over(json, strlen(json));
    if (json_scan_value(&scan, &out) && scan.at == scan.end) fail_msg("%s was taken", json);
    if (expected) assert_string_equal(scan.expected, expected);
    text_free(&out);
}

static void numbers_that_are_equal_are_the_same(void **state) {
    becomes("7", "7");
    becomes("-0", "0");
    becomes("7.0", "7");
    becomes("70e-1", "7");
    becomes("0.5", "0.5");
    becomes("5E-1", "0.5");
    becomes("9223372036854775807", "9223372036854775807"); /* which no double holds */
    becomes("12345678901234567890123", "12345678901234567890123");
    becomes("1e20", "100000000000000000000");
    becomes("100000000000000000000", "100000000000000000000");
    becomes("-0.0e7", "0");
    becomes("0.0", "0");
    becomes("120.50", "120.5");
    becomes("-1205e-1", "-120.5");
    becomes("0.00120", "0.0012");
    becomes("12E-4", "0.0012");
    becomes("1.0050", "1.005");
    becomes("1e21", "1e21"); /* one form, by the value alone, however it is written */
    becomes("1000000000000000000000", "1e21");
    becomes("0.01e23", "1e21");
    becomes("120e30", "1.2e32");
    becomes("0.0000000000000000000001", "1e-22");
    becomes("12e-23", "1.2e-22");
    becomes("1e999", "1e999"); /* which no double holds */
    becomes("1e-00000000000999999999", "1e-999999999");
}

static void numbers_that_differ_in_any_digit_differ(void **state) {
    becomes("9007199254740993.0", "9007199254740993"); /* the nearest double ends in 2 */
    becomes("9007199254740992", "9007199254740992");
    becomes("0.1", "0.1");
    becomes("0.1000000000000000055", "0.1000000000000000055"); /* the same double as 0.1 */
    becomes("123456789012345678901234567890.5e-1", "12345678901234567890123456789.05");
}

/* Each is read again as what it is: the digits of a number shifted by its exponent, in many ways.
 */
static void a_number_is_what_its_digits_say(void **state) {
    for (int shift = -30; shift <= 30; shift++) {
        struct text plain = {0}, shifted = {0}, a = {0}, b = {0};
        text_add(&plain, "10203e%d", shift);
        text_add(&shifted, "0.000102030e%d", shift + 8);
        struct json_scan first = json_scan_over(text_string(&plain), plain.size);
        struct json_scan second = json_scan_over(text_string(&shifted), shifted.size);
        assert_true(json_scan_value(&first, &a) && json_scan_value(&second, &b));
        assert_string_equal(text_string(&a), text_string(&b));
        becomes(text_string(&a), text_string(&a));
        assert_true(strtod(text_string(&a), NULL) == strtod(text_string(&plain), NULL));
        text_free(&plain);
        text_free(&shifted);
        text_free(&a);
        text_free(&b);
    }
}

static void strings_that_are_equal_are_the_same(void **state) {
    becomes("\"a\"", "\"a\"");
    becomes("\"\\u0061\"", "\"a\"");
    becomes("\"\\/\"", "\"/\"");
    becomes("\"\\u00e9\"", "\"\xc3\xa9\"");
    becomes("\"\xc3\xa9\"", "\"\xc3\xa9\"");
    becomes("\"\\ud83d\\ude00\"", "\"\xf0\x9f\x98\x80\"");
    becomes("\"\\n\\u000A\\\"\\\\\"", "\"\\u000a\\u000a\\\"\\\\\"");
}

static void half_a_surrogate_pair_is_no_character(void **state) {
    static const char *const halves[] = {"\"\\ud83d\"", "\"\\ude00\"", "\"\\ud83d\\u0061\"",
                                         "\"\\ud83d\\ud83d\"", "\"\\ud83d\\n\""};
    for (size_t i = 0; i < sizeof halves / sizeof *halves; i++)
        is_refused(halves[i], "a character, not half of a surrogate pair");
    is_refused("\"\\ud83d\\u00\"", "four hexadecimal digits");
}

static void objects_have_their_members_in_order(void **state) {
    becomes(" { \"b\" : 1 , \"a\" : [ ] } ", "{\"a\":[],\"b\":1}");
    becomes("[{\"ab\":1,\"a\":2},{},[[],[\"[\"]]]", "[{\"a\":2,\"ab\":1},{},[[],[\"[\"]]]");
    is_refused("{\"a\":1,\"\\u0061\":2}", "an object without a member twice");
}

static void what_is_no_json_is_refused(void **state) {
    static const char *const wrong[] = {
        "",
        "nul",
        "01",
        "1.",
        "-",
        ".5",
        "+1",
        "0x1",
        "NaN",
        "[1,]",
        "[1",
        "[,1]",
        "{\"a\"}",
        "{a:1}",
        "{\"a\":}",
        "\"a",
        "\"\\x\"",
        "'a'",
        "\"\\u12\"",
        "\"\t\"",
        "1 2",
        "\"\xff\"",
        "\"\xc0\xaf\"",
        "1e",
        "1e+",
        "-e1",
        "1.e1",
        "1e1000000000",
        "tru",
        "[1}",
        "{\"a\":1",
        "\"\xed\xa0\x80\"",
        "\"\xf4\x90\x80\x80\"",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) is_refused(wrong[i], NULL);
}

static void depth_is_bounded(void **state) {
    struct text deep = {0};
    for (int i = 0; i < 100000; i++) text_add_char(&deep, '[');
    is_refused(text_string(&deep), "at most 64 levels");
    text_free(&deep);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_that_are_equal_are_the_same),
        cmocka_unit_test(numbers_that_differ_in_any_digit_differ),
        cmocka_unit_test(a_number_is_what_its_digits_say),
        cmocka_unit_test(strings_that_are_equal_are_the_same),
        cmocka_unit_test(half_a_surrogate_pair_is_no_character),
        cmocka_unit_test(objects_have_their_members_in_order),
        cmocka_unit_test(what_is_no_json_is_refused),
        cmocka_unit_test(depth_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
