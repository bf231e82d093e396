/* Counter-based streams: committed vectors, and the statistics that a simulator leans on. */
#include "base_test.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"

static void the_first_draws_are_what_they_always_were(void **state) {
    (void)state;
    static const struct {
        uint64_t key, draws[4];
    } vectors[] = {
        {UINT64_C(0x0),
         {UINT64_C(0x0000000000000000), UINT64_C(0x4afdfa38d38ec3e8), UINT64_C(0xf1682a41c0c8db42),
          UINT64_C(0xfd6b64b2eae2b617)}},
        {UINT64_C(0x1),
         {UINT64_C(0x49af8de89b21d95e), UINT64_C(0x683ca11620d30445), UINT64_C(0x9b254f91ee6e92a6),
          UINT64_C(0xc2bf4a3ab965e7dc)}},
        {UINT64_C(0x123456789abcdef0),
         {UINT64_C(0x7d487be0bd0d968c), UINT64_C(0x233afe361135ccc9), UINT64_C(0x4be1e54a6487ff89),
          UINT64_C(0xea88f855bb950bea)}},
    };
    for (size_t i = 0; i < COUNT(vectors); i++) {
        struct random r = {vectors[i].key, 0};
        for (size_t k = 0; k < 4; k++) assert_true(draw(&r) == vectors[i].draws[k]);
        assert_true(r.index == 4);
    }
}

static void a_named_key_is_what_it_always_was(void **state) {
    (void)state;
    assert_true(random_key_named(1, "link", "n1>n2") == UINT64_C(0x1677a02251754e6b));
    assert_true(random_key(1, 2) == UINT64_C(0x25f8a4d21c8fcaed));
}

static void a_long_name_is_hashed_as_a_short_one_is(void **state) {
    (void)state;
    /* On both sides of the size at which the hash is taken in parts. */
    char name[600];
    memset(name, 'x', sizeof name);
    uint64_t keys[600];
    for (size_t size = 1; size < sizeof name; size++) {
        name[size] = '\0';
        keys[size] = random_key_named(7, "node", name);
        name[size] = 'x';
        for (size_t i = 1; i < size; i++) assert_true(keys[i] != keys[size]);
    }
    assert_true(keys[250] == UINT64_C(0x3fba69ac2f88e359));
    assert_true(keys[251] == UINT64_C(0xb0f25f14462683b8));
    assert_true(keys[252] == UINT64_C(0x3ba2f46d21f670fb));
}

static void kind_and_name_do_not_run_together(void **state) {
    (void)state;
    assert_true(random_key_named(1, "lin", "ka") != random_key_named(1, "link", "a"));
    assert_true(random_key_named(1, "", "a") != random_key_named(1, "a", ""));
    assert_true(random_key_named(1, "a", "b") != random_key_named(2, "a", "b"));
}

/* chi-square over 256 cells. With 255 degrees of freedom it passes 390 once in 10^7. */
static double chi_square(const int64_t cells[256], int64_t total) {
    const double expected = (double)total / 256;
    double sum = 0;
    for (int i = 0; i < 256; i++) {
        const double off = (double)cells[i] - expected;
        sum += off * off / expected;
    }
    return sum;
}

static void every_byte_of_a_draw_is_uniform(void **state) {
    (void)state;
    enum { DRAWS = 200000 };
    static const uint64_t keys[] = {0, 1, 2, UINT64_C(1) << 63, UINT64_MAX};
    for (size_t k = 0; k < COUNT(keys); k++) {
        for (unsigned shift = 0; shift < 64; shift += 8) {
            int64_t along[256] = {0}, across[256] = {0};
            for (uint64_t i = 0; i < DRAWS; i++) {
                along[random_at(keys[k], i) >> shift & 255]++;
                across[random_at(keys[k] + i, 5) >> shift & 255]++;
            }
            const double first = chi_square(along, DRAWS), second = chi_square(across, DRAWS);
            if (first > 390 || second > 390) {
                fail_msg("key %zu, bit %u: %f along, %f across", k, shift, first, second);
            }
        }
    }
}

static void one_bit_of_the_index_or_key_changes_half_of_the_draw(void **state) {
    (void)state;
    enum { TRIALS = 2000 };
    int64_t index_least = 64 * TRIALS, index_most = 0, key_least = 64 * TRIALS, key_most = 0;
    for (unsigned bit = 0; bit < 64; bit++) {
        int64_t index_flips = 0, key_flips = 0;
        for (uint64_t i = 0; i < TRIALS; i++) {
            const uint64_t key = i * i, was = random_at(key, i);
            index_flips += __builtin_popcountll(was ^ random_at(key, i ^ UINT64_C(1) << bit));
            key_flips += __builtin_popcountll(was ^ random_at(key ^ UINT64_C(1) << bit, i));
        }
        if (index_flips < index_least) index_least = index_flips;
        if (index_flips > index_most) index_most = index_flips;
        if (key_flips < key_least) key_least = key_flips;
        if (key_flips > key_most) key_most = key_flips;
    }
    if (index_least < 31 * TRIALS || index_most > 33 * TRIALS || key_least < 31 * TRIALS ||
        key_most > 33 * TRIALS) {
        fail_msg("of %d: index %d..%d, key %d..%d", 64 * TRIALS, (int)index_least, (int)index_most,
                 (int)key_least, (int)key_most);
    }
}

static void neighbouring_keys_are_not_correlated(void **state) {
    (void)state;
    enum { DRAWS = 100000 };
    for (uint64_t apart = 1; apart <= 8; apart++) {
        double sum = 0;
        int64_t differ = 0;
        for (uint64_t i = 0; i < DRAWS; i++) {
            const uint64_t a = random_at(1000, i), b = random_at(1000 + apart, i);
            sum += ((double)(a >> 11) * 0x1p-53 - 0.5) * ((double)(b >> 11) * 0x1p-53 - 0.5);
            differ += __builtin_popcountll(a ^ b);
        }
        const double correlation = sum / DRAWS * 12;     /* its deviation is 0.003 */
        const double bits = (double)differ / DRAWS - 32; /* its deviation is 0.013 */
        if (correlation > 0.016 || correlation < -0.016 || bits > 0.07 || bits < -0.07) {
            fail_msg("keys %d apart: correlation %f, bits %f", (int)apart, correlation, bits);
        }
    }
}

/* SplitMix with keys as starting points gives the same numbers, shifted, for keys that differ by a
 * multiple of its step. */
static void a_stream_never_repeats_at_an_offset(void **state) {
    (void)state;
    const uint64_t step = UINT64_C(0x9e3779b97f4a7c15);
    for (uint64_t offset = 1; offset <= 2000; offset++) {
        int64_t differ = 0;
        for (uint64_t i = 0; i < 200; i++) {
            const uint64_t here = random_at(77 + step * offset, i);
            assert_true(here != random_at(77, i + offset));
            differ += __builtin_popcountll(here ^ random_at(77, i + offset));
        }
        if (differ < 200 * 28 || differ > 200 * 36) {
            fail_msg("offset %d: %d bits of %d", (int)offset, (int)differ, 200 * 64);
        }
    }
}

static int by_value(const void *a, const void *b) {
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

static void two_streams_share_no_number(void **state) {
    (void)state;
    enum { EACH = 20000, STREAMS = 10 };
    uint64_t *all = malloc(sizeof *all * EACH * STREAMS);
    assert_non_null(all);
    for (uint64_t s = 0; s < STREAMS; s++) {
        for (uint64_t i = 0; i < EACH; i++) all[s * EACH + i] = random_at(s, i);
    }
    qsort(all, EACH * STREAMS, sizeof *all, by_value);
    for (size_t i = 1; i < EACH * STREAMS; i++) assert_true(all[i - 1] != all[i]);
    free(all);
}

static void a_bounded_draw_stays_below_and_reaches_all(void **state) {
    (void)state;
    struct random r = {3, 0};
    int64_t seen[7] = {0};
    for (int i = 0; i < 70000; i++) {
        const int64_t x = draw_below(&r, 7);
        assert_true(x >= 0 && x < 7);
        seen[x]++;
    }
    for (int i = 0; i < 7; i++) assert_true(seen[i] > 9500 && seen[i] < 10500);
    for (int i = 0; i < 1000; i++) {
        assert_true(draw_below(&r, 1) == 0);
        assert_true(draw_below(&r, INT64_MAX) >= 0);
    }
}

static void a_chance_is_certain_at_its_ends_and_always_one_draw(void **state) {
    (void)state;
    struct random r = {4, 0};
    int64_t hits = 0;
    for (int i = 0; i < 100000; i++) {
        assert_false(draw_chance(&r, 0));
        assert_true(draw_chance(&r, 1000000000));
        hits += draw_chance(&r, 250000000);
    }
    assert_true(r.index == 300000);
    assert_true(hits > 24300 && hits < 25700); /* the deviation is 137 */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_draws_are_what_they_always_were),
        cmocka_unit_test(a_named_key_is_what_it_always_was),
        cmocka_unit_test(a_long_name_is_hashed_as_a_short_one_is),
        cmocka_unit_test(kind_and_name_do_not_run_together),
        cmocka_unit_test(every_byte_of_a_draw_is_uniform),
        cmocka_unit_test(one_bit_of_the_index_or_key_changes_half_of_the_draw),
        cmocka_unit_test(neighbouring_keys_are_not_correlated),
        cmocka_unit_test(a_stream_never_repeats_at_an_offset),
        cmocka_unit_test(two_streams_share_no_number),
        cmocka_unit_test(a_bounded_draw_stays_below_and_reaches_all),
        cmocka_unit_test(a_chance_is_certain_at_its_ends_and_always_one_draw),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
