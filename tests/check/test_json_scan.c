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
}

static void strings_that_are_equal_are_the_same(void **state) {
    becomes("\"a\"", "\"a\"");
    becomes("\"\\u0061\"", "\"a\"");
    becomes("\"\\/\"", "\"/\"");
    becomes("\"\\u00e9\"", "\"\xc3\xa9\"");
    becomes("\"\xc3\xa9\"", "\"\xc3\xa9\"");
    becomes("\"\\ud83d\\ude00\"", "\"\xf0\x9f\x98\x80\"");
    becomes("\"\\ud83d\"", "\"\\ud83d\"");
    becomes("\"\\ud83d\\u0061\"", "\"\\ud83da\"");
    becomes("\"\\n\\u000A\\\"\\\\\"", "\"\\u000a\\u000a\\\"\\\\\"");
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
        "1e",
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
        "1e999",
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
        cmocka_unit_test(strings_that_are_equal_are_the_same),
        cmocka_unit_test(objects_have_their_members_in_order),
        cmocka_unit_test(what_is_no_json_is_refused),
        cmocka_unit_test(depth_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
