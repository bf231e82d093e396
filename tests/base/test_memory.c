/* A node's memory: zeroed, aligned, reused, counted, freed whole, and bounded. */
#include "base_test.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/random.h"

static bool all_zero(const unsigned char *p, size_t size) {
    for (size_t i = 0; i < size; i++) {
        if (p[i] != 0) return false;
    }
    return true;
}

static void what_is_taken_is_zeroed_and_aligned(void **state) {
    (void)state;
    struct memory *memory = memory_create("n1", 0);
    for (size_t size = 0; size < 70000; size += size < 600 ? 1 : 997) {
        for (int again = 0; again < 2; again++) {
            unsigned char *p = memory_take(memory, size);
            assert_non_null(p);
            assert_true((uintptr_t)p % 16 == 0);
            assert_true(all_zero(p, size));
            memset(p, 0xab, size);
            memory_give(memory, p, size);
        }
    }
    assert_true(memory_used(memory) == 0);
    memory_destroy(memory);
}

static void pieces_in_use_never_overlap(void **state) {
    (void)state;
    enum { PIECES = 400, ROUNDS = 40000 };
    struct memory *memory = memory_create("n1", 0);
    struct random r = {42, 0};
    unsigned char *pieces[PIECES] = {NULL};
    size_t sizes[PIECES] = {0};
    for (int round = 0; round < ROUNDS; round++) {
        const size_t i = (size_t)draw_below(&r, PIECES);
        for (size_t k = 0; k < sizes[i]; k++) assert_true(pieces[i][k] == (unsigned char)i);
        const int64_t bound = INT64_C(1) << draw_below(&r, 16);
        const size_t size = (size_t)draw_below(&r, bound);
        if (draw_chance(&r, 500000000)) {
            pieces[i] = memory_resize(memory, pieces[i], sizes[i], size);
            const size_t kept = size < sizes[i] ? size : sizes[i];
            for (size_t k = 0; k < kept; k++) assert_true(pieces[i][k] == (unsigned char)i);
            assert_true(all_zero(pieces[i] + kept, size - kept));
        } else {
            memory_give(memory, pieces[i], sizes[i]);
            pieces[i] = memory_take(memory, size);
            assert_true(all_zero(pieces[i], size));
        }
        sizes[i] = size;
        if (size) memset(pieces[i], (int)(i & 0xff), size);
    }
    for (size_t i = 0; i < PIECES; i++) memory_give(memory, pieces[i], sizes[i]);
    assert_true(memory_used(memory) == 0);
    memory_destroy(memory);
}

static void a_piece_given_back_is_the_next_one_taken(void **state) {
    (void)state;
    struct memory *memory = memory_create("n1", 0);
    void *first = memory_take(memory, 100);
    memory_give(memory, first, 100);
    assert_ptr_equal(memory_take(memory, 110), first); /* of the same class */
    memory_destroy(memory);
}

static void less_than_a_quarter_is_lost_to_rounding(void **state) {
    (void)state;
    struct memory *memory = memory_create("n1", 0);
    size_t least = 0;
    for (size_t size = 1; size <= 40000; size++) {
        void *p = memory_take(memory, size);
        const size_t used = memory_used(memory);
        assert_true(used >= size && used >= least);
        assert_true(used < size + 16 || used * 4 < size * 5 + 4);
        least = used;
        memory_give(memory, p, size);
    }
    memory_destroy(memory);
}

static void a_reset_frees_all_and_the_next_life_reuses_it(void **state) {
    (void)state;
    struct memory *memory = memory_create("n1", 0);
    void *first = memory_take(memory, 64);
    memset(first, 1, 64);
    for (int life = 0; life < 50; life++) {
        for (size_t i = 0; i < 3000; i++) memset(memory_take(memory, 16 + i), 0xcd, 16 + i);
        memset(memory_take(memory, 100000), 0xcd, 100000);
        assert_true(memory_used(memory) > 4000000);
        memory_reset(memory);
        assert_true(memory_used(memory) == 0);
    }
    assert_true(all_zero(memory_take(memory, 64), 64));
    memory_destroy(memory);
}

static void after_a_reset_nothing_is_handed_out_twice(void **state) {
    (void)state;
    enum { PIECES = 1000 };
    struct memory *memory = memory_create("n1", 0);
    uint64_t *pieces[PIECES];
    for (int life = 0; life < 3; life++) {
        for (uint64_t i = 0; i < PIECES; i++) {
            pieces[i] = memory_take(memory, 48);
            *pieces[i] = i;
        }
        for (uint64_t i = 0; i < PIECES; i++) assert_true(*pieces[i] == i);
        for (size_t i = 0; i < PIECES; i += 2) memory_give(memory, pieces[i], 48);
        memory_reset(memory);
    }
    memory_destroy(memory);
}

static void a_large_array_keeps_its_contents_as_it_grows(void **state) {
    (void)state;
    struct memory *memory = memory_create("n1", 0);
    void *other = memory_take(memory, 50000);
    size_t size = 8;
    uint64_t *array = memory_take(memory, size);
    for (uint64_t i = 0; i < 100000; i++) {
        if ((i + 1) * 8 > size) {
            array = memory_resize(memory, array, size, size * 2);
            size *= 2;
        }
        assert_true(array[i] == 0);
        array[i] = i * i;
    }
    for (uint64_t i = 0; i < 100000; i++) assert_true(array[i] == i * i);
    array = memory_resize(memory, array, size, 40000);
    array = memory_resize(memory, array, 40000, 80000); /* what was cut off does not come back */
    assert_true(array[4999] == 4999 * 4999);
    assert_true(all_zero((unsigned char *)array + 40000, 40000));
    memory_give(memory, other, 50000); /* its neighbour has moved */
    array = memory_resize(memory, array, 80000, 24);
    assert_true(array[2] == 4);
    memory_give(memory, array, 24);
    assert_true(memory_used(memory) == 0);
    memory_destroy(memory);
}

static void nothing_is_a_valid_thing_to_take_resize_and_give(void **state) {
    (void)state;
    struct memory *memory = memory_create("n1", 0);
    memory_give(memory, NULL, 0);
    memory_give(memory, NULL, 100);
    void *nothing = memory_take(memory, 0);
    assert_non_null(nothing);
    unsigned char *p = memory_resize(memory, nothing, 0, 10);
    assert_true(all_zero(p, 10));
    p = memory_resize(memory, p, 10, 0);
    memory_give(memory, p, 0);
    assert_non_null(memory_resize(memory, NULL, 0, 10));
    memory_destroy(memory);
    memory_destroy(NULL);
}

/* Runs take() in a process of its own; its exit code, and what it wrote to stderr. */
static int exit_of(void (*take)(void), char *written, size_t capacity) {
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        dup2(ends[1], STDERR_FILENO);
        close(ends[0]);
        take();
        _exit(0);
    }
    close(ends[1]);
    size_t size = 0;
    for (ssize_t n; size < capacity - 1; size += (size_t)n) {
        n = read(ends[0], written + size, capacity - 1 - size);
        if (n <= 0) break;
    }
    written[size] = '\0';
    close(ends[0]);
    int status = 0;
    assert_true(waitpid(child, &status, 0) == child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static struct memory *bounded;

static void take_too_much(void) {
    for (;;) memory_take(bounded, 1000);
}
static void take_too_much_at_once(void) { memory_take(bounded, SIZE_MAX - 3); }
static void grow_too_much(void) {
    size_t size = 40000;
    for (void *p = memory_take(bounded, size);; size *= 2) {
        p = memory_resize(bounded, p, size, size * 2);
    }
}
static void stay_within(void) {
    for (int i = 0; i < 1000; i++) memory_give(bounded, memory_take(bounded, 99000), 99000);
}

static void passing_the_limit_ends_the_program_with_a_sentence(void **state) {
    (void)state;
    char written[4096];
    const char *sentence = "orrery: out of memory: n7 passed its limit of 100000 bytes\n";
    bounded = memory_create("n7", 100000);
    assert_int_equal(exit_of(take_too_much, written, sizeof written), 4);
    assert_string_equal(written, sentence);
    assert_int_equal(exit_of(take_too_much_at_once, written, sizeof written), 4);
    assert_string_equal(written, sentence);
    assert_int_equal(exit_of(grow_too_much, written, sizeof written), 4);
    assert_string_equal(written, sentence);
    assert_int_equal(exit_of(stay_within, written, sizeof written), 0);
    memory_destroy(bounded);
    bounded = NULL;
}

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif

static void touch_after_giving(void) {
    volatile char *p = memory_take(bounded, 100);
    memory_give(bounded, (void *)(uintptr_t)p, 100);
    *p = 1;
}
static void give_twice(void) {
    void *p = memory_take(bounded, 100);
    memory_give(bounded, p, 100);
    memory_give(bounded, p, 100);
}
static void touch_past_the_size(void) {
    volatile char *p = memory_take(bounded, 100);
    p[100] = 1;
}
static void touch_after_a_reset(void) {
    volatile char *p = memory_take(bounded, 100);
    memory_reset(bounded);
    *p = 1;
}

static void misuse_is_caught_under_a_sanitizer(void **state) {
    (void)state;
#if !defined(SANITIZED)
    (void)touch_after_giving, (void)give_twice, (void)touch_past_the_size;
    (void)touch_after_a_reset;
    skip();
#else
    static void (*const misuses[])(void) = {touch_after_giving, give_twice, touch_past_the_size,
                                            touch_after_a_reset};
    char written[16384];
    bounded = memory_create("n7", 0);
    for (size_t i = 0; i < COUNT(misuses); i++) {
        assert_int_not_equal(exit_of(misuses[i], written, sizeof written), 0);
        assert_non_null(strstr(written, "use-after-poison"));
    }
    memory_destroy(bounded);
    bounded = NULL;
#endif
}

static void a_table_grows_by_doubling(void **state) {
    (void)state;
    size_t capacity = 0;
    int *table = NULL;
    for (size_t i = 0; i < 1000; i++) {
        table = must_grow(table, &capacity, i + 1, sizeof *table);
        assert_true(capacity > i && (capacity & (capacity - 1)) == 0);
        table[i] = (int)i;
    }
    for (size_t i = 0; i < 1000; i++) assert_int_equal(table[i], (int)i);
    free(table);
    char *copy = must_strdup("orrery");
    assert_string_equal(copy, "orrery");
    free(copy);
    int *zeros = must_calloc(0, 4);
    assert_non_null(zeros);
    free(zeros);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_taken_is_zeroed_and_aligned),
        cmocka_unit_test(pieces_in_use_never_overlap),
        cmocka_unit_test(a_piece_given_back_is_the_next_one_taken),
        cmocka_unit_test(less_than_a_quarter_is_lost_to_rounding),
        cmocka_unit_test(a_reset_frees_all_and_the_next_life_reuses_it),
        cmocka_unit_test(after_a_reset_nothing_is_handed_out_twice),
        cmocka_unit_test(a_large_array_keeps_its_contents_as_it_grows),
        cmocka_unit_test(nothing_is_a_valid_thing_to_take_resize_and_give),
        cmocka_unit_test(passing_the_limit_ends_the_program_with_a_sentence),
        cmocka_unit_test(misuse_is_caught_under_a_sanitizer),
        cmocka_unit_test(a_table_grows_by_doubling),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
