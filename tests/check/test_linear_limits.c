/* What is judged without a search, and what becomes of a search that passes a limit. */
#include "linear_test.h"

/* ---- without a search ---- */

static uint64_t configurations(const struct story *s) {
    for (size_t i = 0; i < s->result.figure_count; i++)
        if (strcmp(s->result.figures[i].name, "configurations") == 0)
            return s->result.figures[i].value;
    return UINT64_MAX;
}

/* So many writes are open meanwhile that no search would end. */
static void open_writes(struct story *s, bool begin) {
    char value[8];
    for (int i = 0; i < 30; i++) {
        snprintf(value, sizeof value, "%d", 1000 + i);
        if (begin)
            asks(s, 100 + i, "write", value);
        else
            ends(s, 100 + i, "ok", "write", value);
    }
    if (begin) return;
    fails(s, "register");
    assert_int_equal(configurations(s), 0);
    end_story(s);
}

static void a_stale_read_is_seen_without_a_search(void **state) {
    struct story s = {0};
    open_writes(&s, true);
    writes(&s, 1, "1");
    writes(&s, 1, "2");
    reads(&s, 2, "1");
    open_writes(&s, false);
    open_writes(&s, true); /* of what was there at the beginning */
    writes(&s, 1, "1");
    reads(&s, 2, "null");
    open_writes(&s, false);
    open_writes(&s, true); /* of a write whose outcome nobody knew until it was read */
    asks(&s, 3, "write", "1");
    ends(&s, 3, "info", "write", "1");
    reads(&s, 2, "1");
    writes(&s, 1, "2");
    reads(&s, 2, "1");
    open_writes(&s, false);
    open_writes(&s, true); /* of two values, each of which was there all the time */
    asks(&s, 3, "write", "1");
    asks(&s, 4, "write", "2");
    reads(&s, 1, "1");
    reads(&s, 2, "2");
    reads(&s, 1, "1");
    ends(&s, 3, "ok", "write", "1");
    ends(&s, 4, "ok", "write", "2");
    open_writes(&s, false);
}

/* ---- limits ---- */

static void add_letters(struct text *t, int count) {
    text_add_char(t, '"');
    for (int i = 0; i < count; i++) text_add_char(t, 'a');
    text_add_char(t, '"');
}

/* Appends of which nobody knows whether they happened, each of an even number of letters, and a get
 * of an odd one: a subset sum, for which there is no short way. */
static void tell_hard(struct story *s, const char *key) {
    enum { APPENDS = 40, SEEN = APPENDS * APPENDS / 2 + 1 };
    struct text value = {0};
    for (int i = 1; i <= APPENDS; i++) {
        text_clear(&value);
        add_letters(&value, 2 * i);
        tell(s, i + 100, "invoke", "append", key, text_string(&value), "");
    }
    text_clear(&value);
    add_letters(&value, SEEN);
    tell(s, 1, "invoke", "get", key, "null", "");
    tell(s, 1, "ok", "get", key, text_string(&value), "");
    text_free(&value);
}

/* Twenty appends at once come to one text in very many ways. */
static void strings_of_one_text_are_one_state(void **state) {
    enum { APPENDS = 20 };
    struct story s = {0};
    static const char *const values[] = {"\"a\"", "\"aa\"", "\"aaa\""};
    struct text seen = {0};
    int letters = 0;
    for (int i = 0; i < APPENDS; i++) asks(&s, i, "append", values[i % 3]);
    for (int i = 0; i < APPENDS; i++) {
        ends(&s, i, "ok", "append", values[i % 3]);
        letters += i % 3 + 1;
    }
    add_letters(&seen, letters - 1);
    does(&s, APPENDS, "get", text_string(&seen), 0);
    s.limits.ticks_max = 4000000;
    fails(&s, "kv");
    assert_true(configurations(&s) < 2000);
    text_free(&seen);
    end_story(&s);
}

static void a_limit_on_steps_leaves_the_hard_key_unknown_and_judges_the_others(void **state) {
    struct story s = {0};
    tell_hard(&s, "1");
    does(&s, 1, "put", "\"b\"", 0);
    does(&s, 2, "get", "\"b\"", 0);
    s.limits.ticks_max = 4000000;
    expect(&s, "kv", CHECK_UNKNOWN);
    assert_non_null(strstr(text_string(&s.result.why),
                           "more steps were needed than it may take before all was judged: of 2 "
                           "keys 1 is linearizable, 0 "
                           "not, 1 unknown"));
    end_story(&s);
    tell_hard(&s, "1");
    does(&s, 1, "put", "\"b\"", 0);
    does(&s, 2, "get", "\"c\"", 0); /* wrong, and found though the key before it never ends */
    s.limits.ticks_max = 4000000;
    expect(&s, "kv", CHECK_INVALID);
    assert_non_null(s.result.anomalies[0].explanation);
    end_story(&s);
}
/* On the way back from a deep search each choice has a long list behind it. */
static void once_a_limit_is_passed_the_search_ends_at_once(void **state) {
    enum { APPENDS = 3000, STEPS_MAX = 6000000 };
    struct story s = {0};
    struct text seen = {0};
    for (int i = 0; i < APPENDS; i++) asks(&s, i, "append", "\"a\"");
    add_letters(&seen, APPENDS);
    seen.data[seen.size - 2] = 'b';
    does(&s, APPENDS, "get", text_string(&seen), 0);
    s.limits.ticks_max = STEPS_MAX;
    expect(&s, "kv", CHECK_UNKNOWN);
    assert_true(s.limits.ticks < STEPS_MAX + 10 * APPENDS);
    text_free(&seen);
    end_story(&s);
}
static void what_is_found_is_certain_where_the_limit_leaves_no_time_to_explain_it(void **state) {
    bool unexplained = false, explained = false;
    for (uint64_t ticks = 1; ticks < 400 && !explained; ticks++) {
        struct story s = {0};
        tell_stale_read(&s, 1500);
        read_story(&s);
        s.limits.ticks = 0;
        s.limits.ticks_max = ticks * LIMITS_TICKS;
        s.result.anomalies_max = 1;
        check_run(check_spec_named("register"), &s.history, &s.limits, &s.result);
        assert_true(s.result.verdict != CHECK_VALID);
        if (s.result.verdict == CHECK_INVALID) {
            explained = s.result.anomalies[0].explanation != NULL;
            unexplained = unexplained || strstr(s.result.anomalies[0].why,
                                                "a limit was reached before it was found");
        }
        end_story(&s);
    }
    assert_true(explained && unexplained);
}
static void memory_that_one_key_lacks_is_no_reason_not_to_judge_the_next(void **state) {
    struct story s = {0};
    tell_hard(&s, "1");
    does(&s, 1, "put", "\"b\"", 0);
    does(&s, 2, "get", "\"b\"", 0);
    s.limits.memory_max = 3000000;
    expect(&s, "kv", CHECK_UNKNOWN);
    assert_true(s.limits.memory_peak <= 3000000);
    assert_non_null(strstr(text_string(&s.result.why),
                           "more memory was needed than --memory allows before all was judged: "
                           "of 2 keys 1 is linearizable, 0 not, 1 unknown"));
    end_story(&s);
}

/* From none to enough for an explanation: each verdict that is given is right. */
static void with_any_memory_what_is_taken_is_given_back_and_what_is_said_is_true(void **state) {
    enum { STEP = 300, STEPS = 200 };
    bool explained = false, plain = false, unknown = false;
    for (size_t more = 0; more < STEPS; more++) {
        struct story s = {0};
        for (int p = 1; p <= 3; p++) does(&s, p, "append", p == 2 ? "\"b\"" : "\"a\"", 0);
        does(&s, 4, "get", "\"aa\"", 0);
        read_story(&s);
        s.limits.memory_max = s.limits.memory_used + more * STEP;
        s.result.anomalies_max = 1;
        check_run(check_spec_named("kv"), &s.history, &s.limits, &s.result);
        assert_true(s.result.verdict != CHECK_VALID);
        const struct anomaly *a = s.result.anomaly_count ? &s.result.anomalies[0] : NULL;
        if (a && a->explanation) assert_string_equal(a->explanation->possible[0], "\"aba\"");
        explained = explained || (a && a->explanation);
        plain = plain || (s.result.verdict == CHECK_INVALID && !(a && a->explanation));
        unknown = unknown || s.result.verdict == CHECK_UNKNOWN;
        end_story(&s);
    }
    assert_true(explained && plain && unknown);
}

/* By search, every order of the writes would have to be tried. */
static void what_nobody_wrote_is_found_among_many_who_write(void **state) {
    enum { WRITERS = 40 };
    struct story s = {0};
    char value[8];
    for (int i = 0; i < WRITERS; i++) {
        snprintf(value, sizeof value, "%d", 100 + i);
        asks(&s, i, "write", value);
    }
    for (int i = 0; i < WRITERS; i++) {
        snprintf(value, sizeof value, "%d", 100 + i);
        tell(&s, i, "ok", "write", "\"x\"", value, "");
    }
    reads(&s, WRITERS, "7");
    expect(&s, "register", CHECK_INVALID);
    end_story(&s);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stale_read_is_seen_without_a_search),
        cmocka_unit_test(strings_of_one_text_are_one_state),
        cmocka_unit_test(a_limit_on_steps_leaves_the_hard_key_unknown_and_judges_the_others),
        cmocka_unit_test(once_a_limit_is_passed_the_search_ends_at_once),
        cmocka_unit_test(what_is_found_is_certain_where_the_limit_leaves_no_time_to_explain_it),
        cmocka_unit_test(memory_that_one_key_lacks_is_no_reason_not_to_judge_the_next),
        cmocka_unit_test(with_any_memory_what_is_taken_is_given_back_and_what_is_said_is_true),
        cmocka_unit_test(what_nobody_wrote_is_found_among_many_who_write),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
