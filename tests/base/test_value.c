/* Values: canonical both ways, and proof against hostile bytes. */
#include "base_test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "base/value.h"

static void check_json(const struct writer *w, const char *expected) {
    struct text text = {NULL, 0, 0};
    assert_true(value_to_json(&text, w->data, w->size));
    assert_string_equal(text_string(&text), expected);
    text_free(&text);
}

static void check_refused(const void *bytes, size_t size) {
    struct text text = {NULL, 0, 0};
    assert_false(value_to_json(&text, bytes, size));
    assert_string_equal(text_string(&text), "null");
    text_free(&text);
}
#define CHECK_REFUSED(literal) check_refused(literal, sizeof(literal) - 1)

static void each_kind_has_its_json(void **state) {
    (void)state;
    struct writer w = writer_growing();
    put_value_list(&w, 9);
    put_value_nil(&w);
    put_value_bool(&w, false);
    put_value_bool(&w, true);
    put_value_integer(&w, INT64_MIN);
    put_value_number(&w, 1.0);
    put_value_number(&w, 0.1);
    put_value_string(&w, "a\"b", 3);
    put_value_list(&w, 0);
    put_value_map(&w, 2);
    put_value_integer(&w, -5);
    put_value_integer(&w, 1);
    put_value_string(&w, "k", 1);
    put_value_map(&w, 0);
    check_json(&w, "[null,false,true,-9223372036854775808,1.0,0.1,\"a\\\"b\",[],"
                   "{\"-5\":1,\"k\":{}}]");
    writer_free(&w);
}

static void no_bytes_are_null(void **state) {
    (void)state;
    const struct writer w = writer_over(NULL, 0);
    check_json(&w, "null");
}

static void a_number_reads_back_as_it_was(void **state) {
    (void)state;
    struct random r = {9, 0};
    for (int i = 0; i < 20000; i++) {
        const uint64_t bits = draw(&r);
        double number;
        memcpy(&number, &bits, sizeof number);
        if (!isfinite(number)) continue;
        struct writer w = writer_growing();
        struct text text = {NULL, 0, 0};
        put_value_number(&w, number);
        assert_true(value_to_json(&text, w.data, w.size));
        const double back = strtod(text_string(&text), NULL);
        assert_memory_equal(&back, &number, sizeof back);
        assert_non_null(strpbrk(text_string(&text), ".e"));
        text_free(&text);
        writer_free(&w);
    }
}

static void a_number_that_json_has_not_is_a_string(void **state) {
    (void)state;
    static const struct {
        double number;
        const char *expected;
    } cases[] = {{NAN, "\"nan\""}, {INFINITY, "\"inf\""}, {-INFINITY, "\"-inf\""}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct writer w = writer_growing();
        put_value_number(&w, cases[i].number);
        check_json(&w, cases[i].expected);
        writer_free(&w);
    }
}

static void equal_numbers_have_equal_bytes(void **state) {
    (void)state;
    struct writer a = writer_growing(), b = writer_growing();
    put_value_number(&a, 0.0);
    put_value_number(&a, NAN);
    put_value_number(&b, -0.0);
    put_value_number(&b, -NAN);
    assert_true(a.size == b.size);
    assert_memory_equal(a.data, b.data, a.size);
    writer_free(&a);
    writer_free(&b);
}

static void a_number_in_another_form_is_refused(void **state) {
    (void)state;
    CHECK_REFUSED("\4\0\0\0\0\0\0\0\x80");   /* -0.0 */
    CHECK_REFUSED("\4\1\0\0\0\0\0\xf8\x7f"); /* a nan with a payload */
    CHECK_REFUSED("\4\0\0\0\0\0\0\xf8\xff"); /* a negative nan */
}

static void bytes_that_are_cut_off_or_too_many_are_refused(void **state) {
    (void)state;
    struct writer w = writer_growing();
    put_value_map(&w, 2);
    put_value_integer(&w, 1);
    put_value_list(&w, 2);
    put_value_number(&w, 2.5);
    put_value_string(&w, "abc", 3);
    put_value_string(&w, "key", 3);
    put_value_bool(&w, true);
    check_json(&w, "{\"1\":[2.5,\"abc\"],\"key\":true}");
    for (size_t size = 1; size < w.size; size++) {
        struct reader in = reader_over(w.data, size);
        assert_false(value_skip(&in));
        assert_true(in.bad);
        check_refused(w.data, size);
    }
    put_u8(&w, VALUE_NIL);
    check_refused(w.data, w.size);
    struct reader in = reader_over(w.data, w.size); /* skip passes over one value of many */
    assert_true(value_skip(&in) && value_skip(&in) && in.at == in.size);
    assert_false(value_skip(&in));
    writer_free(&w);
}

static void an_unknown_tag_is_refused(void **state) {
    (void)state;
    for (int tag = VALUE_MAP + 1; tag < 256; tag++) {
        const uint8_t bytes[16] = {(uint8_t)tag};
        check_refused(bytes, sizeof bytes);
    }
}

static void a_count_is_not_believed(void **state) {
    (void)state;
    CHECK_REFUSED("\6\xff\xff\xff\xff\0\0\0");
    CHECK_REFUSED("\7\xff\xff\xff\xff\5\0\0\0\0\0");
    CHECK_REFUSED("\5\xff\xff\xff\xff"
                  "abc");
}

static void check_keys(void (*first)(struct writer *), void (*second)(struct writer *), bool fine) {
    struct writer w = writer_growing();
    put_value_map(&w, 2);
    first(&w);
    put_value_nil(&w);
    second(&w);
    put_value_nil(&w);
    struct reader in = reader_over(w.data, w.size);
    assert_true(value_skip(&in) == fine);
    writer_free(&w);
}
static void key_minus(struct writer *w) { put_value_integer(w, -3); }
static void key_plus(struct writer *w) { put_value_integer(w, 2); }
static void key_empty(struct writer *w) { put_value_string(w, "", 0); }
static void key_a(struct writer *w) { put_value_string(w, "a", 1); }
static void key_ab(struct writer *w) { put_value_string(w, "ab", 2); }
static void key_high(struct writer *w) { put_value_string(w, "\xff", 1); }
static void key_true(struct writer *w) { put_value_bool(w, true); }
static void key_number(struct writer *w) { put_value_number(w, 3.0); }
static void key_list(struct writer *w) { put_value_list(w, 0); }

static void keys_are_integers_then_strings_each_once_in_order(void **state) {
    (void)state;
    void (*const ordered[])(struct writer *) = {key_minus, key_plus, key_empty,
                                                key_a,     key_ab,   key_high};
    for (size_t i = 0; i < COUNT(ordered); i++) {
        for (size_t k = 0; k < COUNT(ordered); k++) check_keys(ordered[i], ordered[k], i < k);
    }
    check_keys(key_true, key_a, false);
    check_keys(key_plus, key_number, false);
    check_keys(key_list, key_a, false);
}

static void nesting_is_bounded(void **state) {
    (void)state;
    for (int map = 0; map < 2; map++) {
        for (int depth = VALUE_DEPTH_MAX - 1; depth <= VALUE_DEPTH_MAX + 1; depth++) {
            struct writer w = writer_growing();
            for (int i = 0; i < depth; i++) {
                if (map)
                    put_value_map(&w, 1);
                else
                    put_value_list(&w, 1);
                if (map) put_value_integer(&w, 1);
            }
            put_value_nil(&w);
            struct reader in = reader_over(w.data, w.size);
            assert_true(value_skip(&in) == (depth <= VALUE_DEPTH_MAX));
            writer_free(&w);
        }
    }
    static uint8_t deep[1000000]; /* lists of one list of one list ... */
    for (size_t i = 0; i + 5 <= sizeof deep; i += 5) memcpy(deep + i, "\6\1\0\0\0", 5);
    check_refused(deep, sizeof deep);
}

/* A random value, in canonical form. */
static void put_random(struct writer *w, struct random *r, int depth) {
    const int64_t kind = draw_below(r, depth > 5 ? 6 : 8);
    const uint64_t bits = draw(r);
    double number;
    switch (kind) {
    case VALUE_NIL: put_value_nil(w); break;
    case VALUE_FALSE: put_value_bool(w, false); break;
    case VALUE_TRUE: put_value_bool(w, true); break;
    case VALUE_INTEGER: put_value_integer(w, (int64_t)bits); break;
    case VALUE_NUMBER:
        memcpy(&number, &bits, sizeof number);
        put_value_number(w, number);
        break;
    case VALUE_STRING: put_value_string(w, &bits, (size_t)(bits >> 60 & 7)); break;
    case VALUE_LIST:
        put_value_list(w, (uint32_t)(bits & 3));
        for (uint64_t i = 0; i < (bits & 3); i++) put_random(w, r, depth + 1);
        break;
    default:
        put_value_map(w, (uint32_t)(bits & 3));
        for (uint64_t i = 0; i < (bits & 3); i++) {
            put_value_integer(w, (int64_t)i - 1);
            put_random(w, r, depth + 1);
        }
    }
}

static void every_value_written_can_be_read(void **state) {
    (void)state;
    for (uint64_t seed = 0; seed < 5000; seed++) {
        struct random r = {seed, 0};
        struct writer w = writer_growing();
        struct text text = {NULL, 0, 0};
        put_random(&w, &r, 0);
        struct reader in = reader_over(w.data, w.size);
        if (!value_skip(&in) || in.at != w.size || !value_to_json(&text, w.data, w.size)) {
            fail_msg("seed %d", (int)seed);
        }
        text_free(&text);
        writer_free(&w);
    }
}

/* The bytes are malloc'ed at their exact size, so that a sanitizer sees a step past the end. */
static void read_hostile(const uint8_t *bytes, size_t size) {
    uint8_t *exact = malloc(size ? size : 1);
    assert_non_null(exact);
    memcpy(exact, bytes, size);
    struct text text = {NULL, 0, 0};
    struct reader in = reader_over(exact, size);
    const bool fine = value_skip(&in);
    assert_true(fine != in.bad);
    assert_true(in.at <= size);
    const bool whole = value_to_json(&text, exact, size);
    assert_true(whole == (size == 0 || (fine && in.at == size)));
    text_free(&text);
    free(exact);
}

static void hostile_bytes_give_an_error_and_never_a_crash(void **state) {
    (void)state;
    for (uint64_t seed = 0; seed < 30000; seed++) {
        struct random r = {seed, 0};
        uint8_t bytes[64];
        const size_t size = (size_t)draw_below(&r, sizeof bytes);
        for (size_t i = 0; i < size; i++) {
            bytes[i] = (uint8_t)draw_below(&r, draw_chance(&r, 800000000) ? 8 : 256);
        }
        read_hostile(bytes, size);
    }
}

static void a_damaged_value_gives_an_error_or_another_value(void **state) {
    (void)state;
    for (uint64_t seed = 0; seed < 10000; seed++) {
        struct random r = {seed, 0};
        struct writer w = writer_growing();
        put_random(&w, &r, 0);
        w.data[draw_below(&r, (int64_t)w.size)] = (uint8_t)draw(&r);
        read_hostile(w.data, w.size);
        writer_free(&w);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_kind_has_its_json),
        cmocka_unit_test(no_bytes_are_null),
        cmocka_unit_test(a_number_reads_back_as_it_was),
        cmocka_unit_test(a_number_that_json_has_not_is_a_string),
        cmocka_unit_test(equal_numbers_have_equal_bytes),
        cmocka_unit_test(a_number_in_another_form_is_refused),
        cmocka_unit_test(bytes_that_are_cut_off_or_too_many_are_refused),
        cmocka_unit_test(an_unknown_tag_is_refused),
        cmocka_unit_test(a_count_is_not_believed),
        cmocka_unit_test(keys_are_integers_then_strings_each_once_in_order),
        cmocka_unit_test(nesting_is_bounded),
        cmocka_unit_test(every_value_written_can_be_read),
        cmocka_unit_test(hostile_bytes_give_an_error_and_never_a_crash),
        cmocka_unit_test(a_damaged_value_gives_an_error_or_another_value),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
