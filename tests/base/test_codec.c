/* Canonical bytes: what is put is what is got, in a layout that is the same everywhere. */
#include "base_test.h"

#include <string.h>

#include "base/codec.h"
#include "base/random.h"

static void bytes_are_little_endian_and_unpadded(void **state) {
    (void)state;
    static const uint8_t expected[] = {
        0x2a, 8,    7,    6,    5,    4,    3, 2, 1, 4, 3, 2, 1,   0xfe, 0xff,
        0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 0, 2, 0, 0, 0, 'h', 'i',
    };
    struct writer w = writer_growing();
    put_u8(&w, 0x2a);
    put_u64(&w, UINT64_C(0x0102030405060708));
    put_u32(&w, 0x01020304);
    put_i64(&w, -2);
    put_bool(&w, true);
    put_bool(&w, false);
    put_string(&w, "hi", 2);
    assert_true(w.size == sizeof expected);
    assert_memory_equal(w.data, expected, sizeof expected);
    writer_free(&w);
    assert_null(w.data);
}

/* A random list of fields, from a seed: written, then read in the same order. */
static void fields_put(struct writer *w, uint64_t seed, int count) {
    struct random r = {seed, 0};
    for (int i = 0; i < count; i++) {
        const uint64_t value = draw(&r);
        switch (value % 6) {
        case 0: put_u8(w, (uint8_t)(value >> 8)); break;
        case 1: put_u32(w, (uint32_t)(value >> 8)); break;
        case 2: put_u64(w, value); break;
        case 3: put_i64(w, (int64_t)value); break;
        case 4: put_bool(w, (value >> 8 & 1) != 0); break;
        default: put_string(w, &value, (size_t)(value >> 8 & 7)); break;
        }
    }
}

static void fields_check(struct reader *in, uint64_t seed, int count) {
    struct random r = {seed, 0};
    for (int i = 0; i < count; i++) {
        const uint64_t value = draw(&r);
        size_t size;
        const uint8_t *string;
        switch (value % 6) {
        case 0: assert_true(get_u8(in) == (uint8_t)(value >> 8)); break;
        case 1: assert_true(get_u32(in) == (uint32_t)(value >> 8)); break;
        case 2: assert_true(get_u64(in) == value); break;
        case 3: assert_true(get_i64(in) == (int64_t)value); break;
        case 4: assert_true(get_bool(in) == ((value >> 8 & 1) != 0)); break;
        default:
            string = get_string(in, &size);
            assert_true(size == (value >> 8 & 7));
            if (size) assert_memory_equal(string, &value, size);
        }
    }
}

static void whatever_is_put_is_got(void **state) {
    (void)state;
    for (uint64_t seed = 0; seed < 300; seed++) {
        struct writer w = writer_growing();
        fields_put(&w, seed, (int)seed);
        struct reader in = reader_over(w.data, w.size);
        fields_check(&in, seed, (int)seed);
        if (in.bad || in.at != in.size) fail_msg("seed %d", (int)seed);
        writer_free(&w);
    }
}

static void a_reader_past_its_end_is_bad_and_gives_zeros(void **state) {
    (void)state;
    static const uint8_t bytes[] = {1, 2, 3};
    struct reader in = reader_over(bytes, sizeof bytes);
    assert_true(get_u64(&in) == 0);
    assert_true(in.bad);
    assert_true(get_u8(&in) == 0 && get_u32(&in) == 0 && get_i64(&in) == 0 && !get_bool(&in));
    size_t size = 9;
    get_string(&in, &size);
    assert_true(size == 0);
    assert_null(get_bytes(&in, SIZE_MAX));
}

static void nothing_can_be_read_from_nothing(void **state) {
    (void)state;
    struct reader in = reader_over(NULL, 0);
    get_bytes(&in, 0);
    assert_false(in.bad);
    size_t size = 9;
    get_string(&in, &size);
    assert_true(in.bad && size == 0);
}

static void a_string_longer_than_what_is_there_is_refused(void **state) {
    (void)state;
    static const uint8_t bytes[] = {0xff, 0xff, 0xff, 0xff, 'a', 'b'};
    struct reader in = reader_over(bytes, sizeof bytes);
    size_t size = 9;
    assert_null(get_string(&in, &size));
    assert_true(size == 0 && in.bad);
}

static void a_full_buffer_stops_for_good_and_is_not_overrun(void **state) {
    (void)state;
    uint8_t buffer[16];
    memset(buffer, 0x77, sizeof buffer);
    struct writer w = writer_over(buffer, 10);
    put_u64(&w, 1);
    assert_false(w.bad);
    put_u64(&w, 2);
    assert_true(w.bad);
    put_u8(&w, 3); /* would fit, but then there would be a hole before it */
    assert_true(w.size == 8);
    for (size_t i = 8; i < sizeof buffer; i++) assert_true(buffer[i] == 0x77);
    writer_free(&w); /* the buffer is the caller's */
}

static void an_impossible_size_is_refused_and_not_added_up(void **state) {
    (void)state;
    struct writer w = writer_growing();
    put_u64(&w, 1);
    assert_false(writer_reserve(&w, SIZE_MAX - 3));
    assert_true(w.bad && w.size == 8);
    writer_free(&w);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_are_little_endian_and_unpadded),
        cmocka_unit_test(whatever_is_put_is_got),
        cmocka_unit_test(a_reader_past_its_end_is_bad_and_gives_zeros),
        cmocka_unit_test(nothing_can_be_read_from_nothing),
        cmocka_unit_test(a_string_longer_than_what_is_there_is_refused),
        cmocka_unit_test(a_full_buffer_stops_for_good_and_is_not_overrun),
        cmocka_unit_test(an_impossible_size_is_refused_and_not_added_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
