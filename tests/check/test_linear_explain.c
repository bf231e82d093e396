/* What is told of a history that fails. */
#include "linear_test.h"

/* ---- what is told ---- */

static void a_failure_is_explained(void **state) {
    struct story s = {0};
    tell_example(&s);
    const struct check_explanation *e = fails(&s, "register");
    assert_int_equal(e->line, 8);
    assert_int_equal(e->stuck, 3);
    assert_string_equal(e->saw, "read 1");
    assert_int_equal(e->possible_count, 2);
    assert_string_equal(e->possible[0], "2");
    assert_string_equal(e->possible[1], "3");
    assert_int_equal(e->steps_before, 0);
    assert_string_equal(e->state, "null");
    assert_int_equal(e->step_count, 3);
    assert_string_equal(e->steps[1].state, "2");
    assert_string_equal(s.result.anomalies[0].why,
                        "the read of 1 by process 1 (lines 6 to 8) fits nowhere: key \"x\" can "
                        "only have held 2 or 3 at any "
                        "moment while it ran; 1, of process 1 (lines 1 to 3), had been overwritten "
                        "by process 2 (lines 2 to 9)");
    end_story(&s);
}
static void of_a_long_order_the_end_is_told(void **state) {
    struct story s = {0};
    for (int i = 0; i < 40; i++) {
        char value[8];
        snprintf(value, sizeof value, "%d", i);
        writes(&s, 1, value);
    }
    reads(&s, 2, "38");
    const struct check_explanation *e = fails(&s, "register");
    assert_int_equal(e->step_count, CHECK_STEPS_MAX);
    assert_int_equal(e->steps_before, 40 - CHECK_STEPS_MAX);
    assert_string_equal(e->state, "27");
    end_story(&s);
}
static void each_key_that_fails_is_told(void **state) {
    struct story s = {0};
    for (int key = 0; key < 3; key++) {
        char name[8];
        snprintf(name, sizeof name, "%d", key);
        tell(&s, 1, "invoke", "read", name, "null", "");
        tell(&s, 1, "ok", "read", name, key == 1 ? "null" : "5", "");
    }
    expect(&s, "register", CHECK_INVALID);
    assert_int_equal(s.result.anomalies_found, 2);
    assert_non_null(strstr(text_string(&s.result.why),
                           "2 of 3 keys are not linearizable; the first: the read of 5"));
    end_story(&s);
}

/* ---- what was possible ---- */

static const struct check_explanation *explained(struct story *s, const char *spec) {
    const struct check_explanation *e = fails(s, spec);
    assert_true(e->possible_count > 0);
    for (size_t i = 0; i < e->possible_count; i++)
        for (size_t k = 0; k < i; k++) assert_string_not_equal(e->possible[i], e->possible[k]);
    return e;
}
static void says(const struct story *s, const char *words) {
    if (!strstr(s->result.anomalies[0].why, words))
        fail_msg("no \"%s\" in\n%s", words, s->result.anomalies[0].why);
}

/* "ab" may be there as one append, or as two. */
static void a_string_is_told_once_however_it_came_about(void **state) {
    static const char *const parts[] = {"\"a\"", "\"b\"", "\"ab\""};
    struct story s = {0};
    for (int i = 0; i < 3; i++) asks(&s, i, "append", parts[i]);
    for (int i = 0; i < 3; i++) ends(&s, i, "ok", "append", parts[i]);
    does(&s, 4, "get", "\"z\"", 0);
    const struct check_explanation *e = explained(&s, "kv");
    assert_int_equal(e->possible_count, 5); /* of six orders, two of which are abab */
    assert_false(e->possible_more);
    end_story(&s);
}

static void add_concurrent(struct story *s, const char *type, const char *f, int count) {
    char value[16];
    for (int i = 0; i < count; i++) {
        snprintf(value, sizeof value, "%d", 100 + i);
        tell(s, 100 + i, type, f, "\"x\"", value, "");
    }
}

static void a_list_that_is_not_all_says_so(void **state) {
    struct story s = {0};
    add_concurrent(&s, "invoke", "write", 10);
    add_concurrent(&s, "ok", "write", 10);
    reads(&s, 1, "7");
    const struct check_explanation *e = explained(&s, "register");
    assert_int_equal(e->possible_count, CHECK_POSSIBLE_MAX);
    assert_true(e->possible_more);
    says(&s, " or others (not all were looked for) at any moment");
    end_story(&s);
}

/* The search for more may end anywhere: what the order shows is told all the same. */
static void something_possible_is_told_whenever_the_search_for_more_gives_up(void **state) {
    uint64_t more = 0, all = 0;
    for (uint64_t ticks = 1; ticks < 400 && !all; ticks++) {
        struct story s = {0};
        tell_stale_read(&s, 1500);
        read_story(&s);
        s.limits.ticks = 0;
        s.limits.ticks_max = ticks * LIMITS_TICKS / 4;
        s.result.anomalies_max = 1;
        check_run(check_spec_named("register"), &s.history, &s.limits, &s.result);
        const struct check_explanation *e =
            s.result.anomaly_count ? s.result.anomalies[0].explanation : NULL;
        if (e) {
            assert_string_equal(e->possible[0], "1499");
            *(e->possible_more ? &more : &all) += 1;
        }
        end_story(&s);
    }
    assert_true(more && all);
}

/* A cas said that it found another value, and another read what it wrote: that it saw something
 * else would not help. */
static void what_must_have_happened_and_says_it_did_not_is_told_as_that(void **state) {
    struct story s = {0};
    writes(&s, 1, "1");
    asks(&s, 2, "cas", "[1,2]");
    reads(&s, 3, "2");
    tell(&s, 2, "fail", "cas", "\"x\"", "[1,2]", ",\"error\":\"mismatch\"");
    fails(&s, "cas-register");
    assert_string_equal(
        s.result.anomalies[0].why,
        "the cas of [1,2] by process 2 (lines 3 to 6) failed, so it did not happen; but what was "
        "seen until line 6 can only be explained if it did, as for instance by process 3 (lines 4 "
        "to 5)");
    end_story(&s);
}

/* An append after the one that failed saw nothing; the get of both did. */
static void what_must_have_happened_is_told_by_who_saw_it(void **state) {
    struct story s = {0};
    asks(&s, 1, "append", "\"a\"");
    does(&s, 2, "append", "\"b\"", 0);
    does(&s, 3, "get", "\"ab\"", 0);
    ends(&s, 1, "fail", "append", "\"a\"");
    fails(&s, "kv");
    says(&s, "only be explained if it did, as for instance by process 3 (lines 4 to 5)");
    end_story(&s);
}

static void an_rmw_is_told_with_what_it_wrote_and_what_it_read(void **state) {
    struct story s = {0};
    writes(&s, 1, "1");
    for (int p = 2; p <= 3; p++) {
        asks(&s, p, "rmw", p == 2 ? "2" : "3");
        ends(&s, p, "ok", "rmw", "1");
    }
    fails(&s, "register");
    says(&s, "the rmw of 3 by process 3 (lines 5 to 6), which read 1, fits nowhere: key \"x\" can "
             "only have held 2");
    end_story(&s);
}

/* A cas that finds its old value nowhere, though it would leave what was read. */
static void what_was_never_there_was_not_overwritten(void **state) {
    struct story s = {0};
    writes(&s, 1, "0");
    writes(&s, 1, "1");
    asks(&s, 2, "cas", "[5,0]");
    reads(&s, 3, "0");
    fails(&s, "cas-register");
    says(&s, "; 0, of process 1 (lines 1 to 2), had been overwritten by process 1 (lines 3 to 4)");
    end_story(&s);
}

/* ---- where what a get saw came from ---- */

static void what_is_wrong_with_a_string_is_told(void **state) {
    static const struct {
        const char *operations; /* p: put, a: append, f: an append that failed; a letter each */
        const char *saw, *told;
    } cases[] = {
        {"paabac", "\"ab\"",
         "the append of \"c\" by process 3 (lines 5 to 6), done before it began, is missing"},
        {"paabac", "\"ac\"",
         "the append of \"b\" by process 2 (lines 3 to 4), done before it began, is missing"},
        {"paab", "\"\"",
         "the put of \"a\" by process 1 (lines 1 to 2), done before it began, is missing"},
        {"paabac", "\"abbc\"", "the append of \"b\" by process 2 (lines 3 to 4) is there twice"},
        {"paabac", "\"abcb\"", "the append of \"b\" by process 2 (lines 3 to 4) is there twice"},
        {"paabac", "\"acb\"",
         "the append of \"c\" by process 3 (lines 5 to 6) is there before the append of \"b\" by "
         "process 2 (lines 3 to 4), which was done first"},
        {"paabpcad", "\"ab\"",
         "the put of \"a\" by process 1 (lines 1 to 2) had been overwritten by the put of \"c\" by "
         "process 3 (lines 5 to 6)"},
        {"papbab", "\"a\"",
         "the put of \"a\" by process 1 (lines 1 to 2) had been overwritten by the put of \"b\" by "
         "process 2 (lines 3 to 4)"},
        {"pafbac", "\"abc\"",
         "the append of \"b\" by process 2 (lines 3 to 4) failed, and yet it is there"},
        {"paab", "\"abzz\"",
         "what it saw goes on after 2 characters with \"zz\", which nobody had asked to write by "
         "then"},
        {"paab", "\"a\\u0001b\"",
         "what it saw goes on after 1 character with \"\\u0001b\", which nobody had asked to write "
         "by then"},
    };
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        struct story s = {0};
        int process = 1;
        for (const char *o = cases[c].operations; *o; o += 2, process++) {
            const char value[] = {'"', o[1], '"', '\0'};
            asks(&s, process, *o == 'p' ? "put" : "append", value);
            ends(&s, process, *o == 'f' ? "fail" : "ok", *o == 'p' ? "put" : "append", value);
        }
        does(&s, process, "get", cases[c].saw, 0);
        explained(&s, "kv");
        says(&s, "at any moment while it ran; ");
        says(&s, cases[c].told);
        end_story(&s);
    }
}

/* Which the rest of a string seems to begin with. */
static void of_what_somebody_asked_to_write_nobody_says_that_nobody_had(void **state) {
    struct story s = {0};
    does(&s, 1, "append", "\"xyx\"", 0);
    does(&s, 2, "get", "\"xxyx\"", 0);
    explained(&s, "kv");
    says(&s,
         "what it saw goes on after 0 characters with \"xxyx\", which nobody had asked to write "
         "by then");
    end_story(&s);
}

static void a_string_that_ends_within_an_append_is_told(void **state) {
    struct story s = {0};
    does(&s, 1, "put", "\"abc\"", 0);
    does(&s, 2, "append", "\"xyz\"", 0);
    does(&s, 3, "get", "\"abcx\"", 0);
    explained(&s, "kv");
    says(&s, "what it saw ends in the middle of the append of \"xyz\" by process 2 (lines 3 to 4)");
    end_story(&s);
}

/* Of two characters with one beginning (U+00E9 is c3 a9, U+00E8 c3 a8) each is told whole. */
static void strings_part_between_characters(void **state) {
    static const char *const pairs[][2] = {{"\"a\xc3\xa8\"", "\"a\xc3\xa9\""},
                                           {"\"a\\u0001\"", "\"a\\u0002\""},
                                           {"\"a\\\\\"", "\"a\\\"\""}};
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        struct story s = {0};
        struct text told = {0};
        does(&s, 1, "put", pairs[i][0], 0);
        does(&s, 2, "get", pairs[i][1], 0);
        explained(&s, "kv");
        text_add(&told, "what it saw goes on after 1 character with \"%s,", pairs[i][1] + 2);
        says(&s, text_string(&told));
        text_free(&told);
        end_story(&s);
    }
}

/* One append of two that say the same may be there twice: by both. */
static void what_two_appended_may_be_there_twice(void **state) {
    struct story s = {0};
    for (int p = 1; p <= 2; p++) does(&s, p, "append", "\"b\"", 0);
    does(&s, 3, "get", "\"bbb\"", 0);
    explained(&s, "kv");
    says(&s, "the append of \"b\" by process 2 (lines 3 to 4) is there twice");
    end_story(&s);
}

/* ---- long values ---- */

static char *long_value(size_t size, char letter) {
    char *value = malloc(size + 3);
    memset(value + 1, letter, size);
    value[0] = value[size + 1] = '"';
    value[size + 2] = '\0';
    return value;
}

static void of_a_long_value_the_ends_and_the_length_are_told(void **state) {
    enum { SIZE = 300000, MOST = 700 };
    static const char *const specs[] = {"register", "kv"};
    for (int i = 0; i < 2; i++) {
        struct story s = {0};
        char *there = long_value(SIZE, 'x'), *seen = long_value(SIZE, 'y');
        does(&s, 1, i ? "put" : "write", there, 0);
        does(&s, 2, i ? "get" : "read", seen, 0);
        const struct check_explanation *e = explained(&s, specs[i]);
        says(&s, "xxx\" (300002 bytes)");
        says(&s, "\"yyy");
        says(&s, "yyy\" (300002 bytes)");
        assert_true(strlen(s.result.anomalies[0].why) < MOST);
        assert_true(strlen(e->saw) < MOST && strlen(e->possible[0]) < MOST);
        assert_true(strlen(e->steps[0].state) < MOST);
        assert_non_null(strstr(e->steps[0].state, "xxx\\\" (300002 bytes)\""));
        free(there);
        free(seen);
        end_story(&s);
    }
}

static void what_is_told_is_counted_by_the_limits(void **state) {
    struct story s = {0};
    tell_example(&s);
    judge_story(&s, "register");
    const size_t with = s.limits.memory_used;
    check_result_free(&s.result, &s.limits);
    s.result.anomalies_max = 0;
    check_run(check_spec_named("register"), &s.history, &s.limits, &s.result);
    assert_true(with > s.limits.memory_used + 100);
    end_story(&s);
}

/* ---- which operations are concerned ---- */

static bool is_concerned(const struct anomaly *a, uint32_t operation) {
    for (size_t i = 0; i < a->count; i++)
        if (a->operations[i] == operation) return true;
    return false;
}

static void what_the_sentence_names_is_concerned_however_long_ago_it_was(void **state) {
    struct story s = {0};
    for (int i = 0; i < 40; i++) {
        char value[8];
        snprintf(value, sizeof value, "%d", i);
        writes(&s, 1, value);
    }
    reads(&s, 2, "3");
    fails(&s, "register");
    says(&s, "3, of process 1 (lines 7 to 8), had been overwritten by process 1 (lines 9 to 10)");
    assert_true(is_concerned(&s.result.anomalies[0], 3));
    assert_true(is_concerned(&s.result.anomalies[0], 4));
    assert_int_equal(s.result.anomalies[0].left_out, 0);
    end_story(&s);
}

static void those_that_ran_meanwhile_and_have_no_room_are_counted(void **state) {
    struct story s = {0};
    add_concurrent(&s, "invoke", "write", 30);
    reads(&s, 1, "7");
    add_concurrent(&s, "ok", "write", 30);
    fails(&s, "register");
    assert_int_equal(s.result.anomalies[0].count, CHECK_OPERATIONS_MAX);
    assert_int_equal(s.result.anomalies[0].left_out, 31 - CHECK_OPERATIONS_MAX);
    end_story(&s);
}

/* ---- cost ---- */

/* The search knows about where it was stuck, so what a prefix of all would cost is not paid twenty
 * times. */
static void to_explain_takes_few_searches(void **state) {
    enum { WRITES = 20000, TIMES_MAX = 8 };
    for (int late = 0; late < 2; late++) {
        struct story s = {0};
        char value[8];
        for (int i = 0; i < WRITES; i++) {
            snprintf(value, sizeof value, "%d", i);
            writes(&s, 1, value);
            if (i == (late ? WRITES - 10 : 10)) reads(&s, 2, "3");
        }
        read_story(&s);
        uint64_t ticks[2];
        for (uint64_t shown = 0; shown < 2; shown++) { /* without an explanation, and with one */
            s.limits.ticks = 0;
            s.result.anomalies_max = shown;
            check_run(check_spec_named("register"), &s.history, &s.limits, &s.result);
            assert_int_equal(s.result.verdict, CHECK_INVALID);
            ticks[shown] = s.limits.ticks;
            if (shown == 0) check_result_free(&s.result, &s.limits);
        }
        if (ticks[1] > TIMES_MAX * ticks[0])
            fail_msg("%llu steps to judge, %llu to explain it, too", (unsigned long long)ticks[0],
                     (unsigned long long)ticks[1]);
        end_story(&s);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_failure_is_explained),
        cmocka_unit_test(of_a_long_order_the_end_is_told),
        cmocka_unit_test(each_key_that_fails_is_told),
        cmocka_unit_test(a_string_is_told_once_however_it_came_about),
        cmocka_unit_test(a_list_that_is_not_all_says_so),
        cmocka_unit_test(something_possible_is_told_whenever_the_search_for_more_gives_up),
        cmocka_unit_test(what_must_have_happened_and_says_it_did_not_is_told_as_that),
        cmocka_unit_test(what_must_have_happened_is_told_by_who_saw_it),
        cmocka_unit_test(an_rmw_is_told_with_what_it_wrote_and_what_it_read),
        cmocka_unit_test(what_was_never_there_was_not_overwritten),
        cmocka_unit_test(what_is_wrong_with_a_string_is_told),
        cmocka_unit_test(of_what_somebody_asked_to_write_nobody_says_that_nobody_had),
        cmocka_unit_test(a_string_that_ends_within_an_append_is_told),
        cmocka_unit_test(strings_part_between_characters),
        cmocka_unit_test(what_two_appended_may_be_there_twice),
        cmocka_unit_test(of_a_long_value_the_ends_and_the_length_are_told),
        cmocka_unit_test(what_is_told_is_counted_by_the_limits),
        cmocka_unit_test(what_the_sentence_names_is_concerned_however_long_ago_it_was),
        cmocka_unit_test(those_that_ran_meanwhile_and_have_no_room_are_counted),
        cmocka_unit_test(to_explain_takes_few_searches),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
