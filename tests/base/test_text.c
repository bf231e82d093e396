/* Text for people, and JSON that any reader accepts whatever bytes come in. */
#include "base_test.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

static void a_text_is_empty_before_anything_is_added(void **state) {
    (void)state;
    struct text text = {NULL, 0, 0};
    assert_string_equal(text_string(&text), "");
    text_clear(&text);
    text_free(&text);
    text_free(&text);
}

static void a_text_is_always_terminated_and_grows(void **state) {
    (void)state;
    struct text text = {NULL, 0, 0};
    for (int i = 0; i < 300; i++) {
        text_add(&text, "%d %s;", i, "a rather longer piece of text that must not be cut anywhere");
        assert_true(text.size == strlen(text_string(&text)));
    }
    assert_true(text.size > 18000);
    text_clear(&text);
    assert_string_equal(text_string(&text), "");
    text_add_char(&text, 'x');
    text_add_bytes(&text, "yz", 2);
    text_add_bytes(&text, NULL, 0);
    assert_string_equal(text_string(&text), "xyz");
    text_free(&text);
}

static void a_format_that_just_fits_and_one_that_just_does_not_are_whole(void **state) {
    (void)state;
    char wide[200];
    memset(wide, 'w', sizeof wide);
    for (int size = 0; size < 200; size++) {
        struct text text = {NULL, 0, 0};
        text_add(&text, "%.*s", size, wide);
        assert_true(text.size == (size_t)size && strlen(text_string(&text)) == (size_t)size);
        text_free(&text);
    }
}

static void columns_are_counted_in_characters_of_the_last_line(void **state) {
    (void)state;
    struct text text = {NULL, 0, 0};
    text_pad_to(&text, 2);
    text_add(&text, "a\n\xc3\xa9t\xc3\xa9");
    text_pad_to(&text, 5);
    text_add_char(&text, '|');
    text_pad_to(&text, 3);
    text_add_char(&text, '|');
    assert_string_equal(text_string(&text), "  a\n\xc3\xa9t\xc3\xa9  ||");
    text_free(&text);
}

static void check_json(const char *bytes, size_t size, const char *expected) {
    /* In a piece of just that size, so that a sanitizer sees a step past the end. */
    char *exact = malloc(size ? size : 1);
    assert_non_null(exact);
    memcpy(exact, bytes, size);
    struct text text = {NULL, 0, 0};
    text_add_json(&text, exact, size);
    assert_string_equal(text_string(&text), expected);
    text_free(&text);
    free(exact);
}
#define CHECK_JSON(literal, expected) check_json(literal, sizeof(literal) - 1, expected)

static void json_escapes_what_it_must_and_keeps_the_rest(void **state) {
    (void)state;
    CHECK_JSON("", "\"\"");
    CHECK_JSON("plain", "\"plain\"");
    CHECK_JSON("a\"b\\c/d", "\"a\\\"b\\\\c/d\"");
    CHECK_JSON("\n\t\r\b\f\x01\x1f\x7f", "\"\\n\\t\\r\\b\\f\\u0001\\u001f\\u007f\"");
    check_json("a\0b", 3, "\"a\\u0000b\"");
    CHECK_JSON("\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80",
               "\"\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80\"");
}

static void json_replaces_bytes_that_are_no_utf8(void **state) {
    (void)state;
    CHECK_JSON("a\xff"
               "b",
               "\"a\\ufffdb\"");
    CHECK_JSON("\x80", "\"\\ufffd\"");
    CHECK_JSON("\xc0\xaf", "\"\\ufffd\\ufffd\"");                       /* overlong */
    CHECK_JSON("\xe0\x80\xaf", "\"\\ufffd\\ufffd\\ufffd\"");            /* overlong */
    CHECK_JSON("\xed\xa0\x80", "\"\\ufffd\\ufffd\\ufffd\"");            /* a surrogate */
    CHECK_JSON("\xf4\x90\x80\x80", "\"\\ufffd\\ufffd\\ufffd\\ufffd\""); /* past U+10FFFF */
    CHECK_JSON("\xe2\x82", "\"\\ufffd\\ufffd\"");                       /* cut off */
    CHECK_JSON("\xf0\x9f\x98", "\"\\ufffd\\ufffd\\ufffd\"");
    CHECK_JSON("\xe2\x82"
               "a",
               "\"\\ufffd\\ufffda\"");
}

static void a_duration_has_three_digits_and_its_unit(void **state) {
    (void)state;
    static const struct {
        int64_t ns;
        const char *expected;
    } cases[] = {
        {0, "0ns"},
        {1, "1ns"},
        {999, "999ns"},
        {1000, "1us"},
        {1500000, "1.5ms"},
        {1234567, "1.23ms"},
        {1235000, "1.24ms"},
        {12345678, "12.3ms"},
        {123456789, "123ms"},
        {999499, "999us"},
        {999500, "1ms"},
        {9995000, "10ms"},
        {1001000, "1ms"},
        {1010000, "1.01ms"},
        {INT64_C(12000000000), "12s"},
        {INT64_C(125000000000), "125s"},
        {INT64_C(999500000000), "16.7min"},
        {INT64_C(1800000000000), "30min"},
        {INT64_C(5400000000000), "1.5h"},
        {INT64_C(86400000000000), "1d"},
        {INT64_MAX, "106752d"},
        {INT64_MIN, "-106752d"},
        {-1500, "-1.5us"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct text text = {NULL, 0, 0};
        text_add_ns(&text, cases[i].ns);
        assert_string_equal(text_string(&text), cases[i].expected);
        text_free(&text);
    }
}

static void a_size_keeps_its_three_digits(void **state) {
    (void)state;
    static const struct {
        int64_t bytes;
        const char *expected;
    } cases[] = {
        {0, "0B"},
        {999, "999B"},
        {1000, "1.00kB"},
        {1500000, "1.50MB"},
        {16384, "16.4kB"},
        {999999, "1.00MB"},
        {INT64_C(123456789012), "123GB"},
        {INT64_C(5000000000000000), "5000TB"},
        {-2000, "-2.00kB"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct text text = {NULL, 0, 0};
        text_add_bytes_count(&text, cases[i].bytes);
        assert_string_equal(text_string(&text), cases[i].expected);
        text_free(&text);
    }
}

static void an_lsn_is_written_as_postgres_writes_it(void **state) {
    (void)state;
    struct text text = {NULL, 0, 0};
    text_add_lsn(&text, 0x3000060);
    text_add_char(&text, ' ');
    text_add_lsn(&text, INT64_C(0x16B374D848));
    assert_string_equal(text_string(&text), "0/3000060 16/B374D848");
    text_free(&text);
}

static void words_wrap_at_the_last_column_and_lose_none(void **state) {
    (void)state;
    struct text words = {0}, out = {0};
    for (int i = 0; i < 60; i++) text_add(&words, i ? " w\xc3\xb6rt%d" : "w\xc3\xb6rt%d", i);
    text_add(&out, "  \033[1;31m\033[0m"); /* colours take no room */
    text_add_wrapped(&out, 6, text_string(&words));
    size_t lines = 0, seen = 0;
    char *rest = NULL;
    for (char *line = strtok_r(out.data, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
        const size_t columns = text_columns(line);
        assert_true(columns <= TEXT_COLUMNS);
        assert_true(columns > TEXT_COLUMNS - 7 || !*rest);
        assert_int_equal(strspn(line, " "), lines++ ? 6 : 2);
        for (const char *p = line; (p = strstr(p, "rt")); p += 2)
            assert_int_equal(atoi(p + 2), seen++);
    }
    assert_int_equal(seen, 60);
    assert_true(lines > 5);
    text_free(&words);
    text_free(&out);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_text_is_empty_before_anything_is_added),
        cmocka_unit_test(a_text_is_always_terminated_and_grows),
        cmocka_unit_test(a_format_that_just_fits_and_one_that_just_does_not_are_whole),
        cmocka_unit_test(columns_are_counted_in_characters_of_the_last_line),
        cmocka_unit_test(json_escapes_what_it_must_and_keeps_the_rest),
        cmocka_unit_test(json_replaces_bytes_that_are_no_utf8),
        cmocka_unit_test(a_duration_has_three_digits_and_its_unit),
        cmocka_unit_test(a_size_keeps_its_three_digits),
        cmocka_unit_test(an_lsn_is_written_as_postgres_writes_it),
        cmocka_unit_test(words_wrap_at_the_last_column_and_lose_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
