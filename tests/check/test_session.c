/*
 * The session guarantees: each, kept and broken, with versions and without, after the definitions
 * of Terry et al. 1994; what overlaps, what failed, and what nobody knows.
 */
#include "check_test.h"

enum { RYW, MR, MW, WFR, GUARANTEES };

/* The verdict, and how often each guarantee was broken. */
static void expect(struct story *s, enum check_verdict verdict,
                   const uint64_t violated[GUARANTEES]) {
    judge_story(s, "session");
    if (s->result.verdict != verdict)
        fail_msg("verdict %d, expected %d: %s\n%s", s->result.verdict, verdict,
                 text_string(&s->result.why), text_string(&s->lines));
    for (int g = 0; g < GUARANTEES; g++)
        if (s->result.rules[g].violated != violated[g])
            fail_msg("%s: %d times, expected %d\n%s", s->result.rules[g].name,
                     (int)s->result.rules[g].violated, (int)violated[g], text_string(&s->lines));
}
static void expect_valid(struct story *s) {
    expect(s, CHECK_VALID, (const uint64_t[GUARANTEES]){0});
    assert_int_equal(s->result.anomalies_found, 0);
    end_story(s);
}
static void expect_broken(struct story *s, int guarantee) { /* once, and no other */
    uint64_t violated[GUARANTEES] = {0};
    violated[guarantee] = 1;
    expect(s, CHECK_INVALID, violated);
    assert_int_equal(s->result.anomalies_found, 1);
    assert_string_equal(s->result.anomalies[0].name, s->result.rules[guarantee].name);
    assert_int_equal(s->result.anomalies[0].rules, 1U << guarantee);
}
static void expect_anomaly(struct story *s, const char *name) { /* of no guarantee */
    expect(s, CHECK_INVALID, (const uint64_t[GUARANTEES]){0});
    assert_int_equal(s->result.anomalies_found, 1);
    assert_string_equal(s->result.anomalies[0].name, name);
}
static uint64_t judged(const struct story *s, int guarantee) {
    return s->result.rules[guarantee].judged;
}

/* ---- with versions ---- */

static void versions_tell_read_your_writes(void **state) {
    struct story s = {0};
    does(&s, 1, "write", "7", 5);
    does(&s, 2, "write", "8", 4);
    does(&s, 1, "read", "7", 5);
    expect_valid(&s);
    does(&s, 1, "write", "7", 5);
    does(&s, 2, "write", "8", 4);
    does(&s, 1, "read", "8", 4);
    expect_broken(&s, RYW);
    assert_int_equal(s.result.anomalies[0].count, 2);
    assert_int_equal(s.history.operations[s.result.anomalies[0].operations[0]].invoked_line, 1);
    assert_int_equal(s.history.operations[s.result.anomalies[0].operations[1]].invoked_line, 5);
    end_story(&s);
}

static void versions_tell_monotonic_reads(void **state) {
    struct story s = {0};
    does(&s, 2, "write", "7", 5);
    does(&s, 3, "write", "8", 6);
    does(&s, 1, "read", "7", 5);
    does(&s, 1, "read", "8", 6);
    does(&s, 1, "read", "8", 6);
    expect_valid(&s);
    does(&s, 2, "write", "7", 5);
    does(&s, 3, "write", "8", 6);
    does(&s, 1, "read", "8", 6);
    does(&s, 1, "read", "7", 5);
    expect_broken(&s, MR);
    end_story(&s);
}

static void versions_tell_monotonic_writes(void **state) {
    struct story s = {0};
    does(&s, 1, "write", "7", 5);
    does(&s, 1, "write", "8", 6);
    expect_valid(&s);
    does(&s, 1, "write", "7", 5);
    does(&s, 1, "write", "8", 4);
    expect_broken(&s, MW);
    end_story(&s);
    does(&s, 1, "write", "7", 5); /* two writes cannot be one */
    does(&s, 1, "write", "8", 5);
    expect_broken(&s, MW);
    end_story(&s);
}

static void versions_tell_writes_follow_reads(void **state) {
    struct story s = {0};
    does(&s, 2, "write", "7", 5);
    does(&s, 1, "read", "7", 5);
    does(&s, 1, "write", "8", 6);
    expect_valid(&s);
    does(&s, 2, "write", "7", 5);
    does(&s, 1, "read", "7", 5);
    does(&s, 1, "write", "8", 3);
    expect_broken(&s, WFR);
    end_story(&s);
}

static void the_latest_of_all_earlier_operations_counts(void **state) {
    struct story s = {0};
    does(&s, 2, "write", "5", 5);
    does(&s, 2, "write", "9", 9);
    does(&s, 2, "write", "10", 10);
    does(&s, 1, "read", "9", 9);
    does(&s, 1, "read", "5", 5); /* one step back */
    does(&s, 1, "read", "5", 5); /* still behind what was seen before that */
    does(&s, 1, "read", "10", 10);
    expect(&s, CHECK_INVALID, (const uint64_t[]){0, 2, 0, 0});
    assert_int_equal(judged(&s, MR), 3);
    end_story(&s);
}

static void null_is_before_all_versions(void **state) {
    struct story s = {0};
    does(&s, 1, "read", "null", 0);
    does(&s, 2, "write", "7", -5);
    does(&s, 1, "write", "8", -4);
    expect_valid(&s);
    does(&s, 1, "write", "8", -4);
    does(&s, 1, "read", "null", 0);
    expect_broken(&s, RYW);
    end_story(&s);
}

static void a_read_may_take_its_version_from_the_write(void **state) {
    struct story s = {0};
    does(&s, 2, "write", "7", 5);
    does(&s, 2, "write", "8", 6);
    does(&s, 1, "read", "8", 0);
    does(&s, 1, "read", "7", 0);
    expect_broken(&s, MR);
    assert_int_equal(s.result.figures[1].value, 1); /* judged by version */
    end_story(&s);
}

static void a_version_that_contradicts_the_write_is_told(void **state) {
    struct story s = {0};
    does(&s, 2, "write", "7", 5);
    does(&s, 1, "read", "7", 6);
    expect_anomaly(&s, "inconsistent-version");
    end_story(&s);
}

static void with_versions_writes_need_not_be_unique(void **state) {
    struct story s = {0};
    does(&s, 1, "write", "7", 5);
    does(&s, 1, "write", "7", 6);
    does(&s, 1, "read", "7", 6);
    expect_valid(&s);
    does(&s, 1, "write", "7", 5);
    does(&s, 1, "write", "7", 6);
    does(&s, 1, "read", "7", 5);
    expect_broken(&s, RYW);
    end_story(&s);
}

static void an_rmw_reads_and_then_writes(void **state) {
    struct story s = {0};
    does(&s, 2, "write", "7", 5);
    asks(&s, 1, "rmw", "8");
    tell(&s, 1, "ok", "rmw", "\"x\"", "7", ",\"version\":6");
    does(&s, 1, "read", "8", 6);
    expect_valid(&s);
    does(&s, 2, "write", "7", 5);
    asks(&s, 1, "rmw", "8");
    tell(&s, 1, "ok", "rmw", "\"x\"", "7", ",\"version\":4"); /* before what it read */
    expect_broken(&s, WFR);
    end_story(&s);
}

/* ---- without ---- */

static void an_order_may_exist(void **state) {
    struct story s = {0};
    does(&s, 1, "write", "1", 0);
    does(&s, 2, "write", "2", 0);
    does(&s, 1, "read", "2", 0);
    does(&s, 2, "read", "2", 0);
    does(&s, 1, "write", "3", 0);
    does(&s, 3, "read", "null", 0);
    does(&s, 3, "read", "1", 0);
    does(&s, 3, "read", "3", 0);
    expect_valid(&s);
}

static void null_after_ones_own_write_breaks_read_your_writes(void **state) {
    struct story s = {0};
    does(&s, 1, "write", "1", 0);
    does(&s, 1, "read", "null", 0);
    expect_broken(&s, RYW);
    end_story(&s);
}

static void null_after_a_value_breaks_monotonic_reads(void **state) {
    struct story s = {0};
    does(&s, 2, "write", "1", 0);
    does(&s, 1, "read", "1", 0);
    does(&s, 1, "read", "null", 0);
    expect_broken(&s, MR);
    end_story(&s);
}

static void two_sessions_that_each_miss_their_own_write(void **state) {
    struct story s = {0};
    does(&s, 1, "write", "1", 0);
    does(&s, 2, "write", "2", 0);
    does(&s, 1, "read", "2", 0); /* 1 before 2 */
    does(&s, 2, "read", "1", 0); /* 2 before 1 */
    expect_broken(&s, RYW);
    assert_int_equal(s.result.anomalies[0].count, 4);
    end_story(&s);
}

static void two_sessions_that_read_in_opposite_order(void **state) {
    struct story s = {0};
    does(&s, 3, "write", "1", 0);
    does(&s, 4, "write", "2", 0);
    does(&s, 1, "read", "1", 0);
    does(&s, 1, "read", "2", 0);
    does(&s, 2, "read", "2", 0);
    does(&s, 2, "read", "1", 0);
    expect_broken(&s, MR);
    end_story(&s);
}

static void one_session_that_reads_back_and_forth(void **state) {
    struct story s = {0};
    does(&s, 3, "write", "1", 0);
    does(&s, 4, "write", "2", 0);
    does(&s, 1, "read", "1", 0);
    does(&s, 1, "read", "2", 0);
    does(&s, 1, "read", "1", 0);
    expect_broken(&s, MR);
    end_story(&s);
}

static void writes_that_follow_reads_in_a_circle(void **state) {
    struct story s = {0};
    asks(&s, 3, "write", "1"); /* slow: read before it is acknowledged */
    does(&s, 4, "write", "2", 0);
    does(&s, 1, "read", "1", 0);
    does(&s, 1, "write", "3", 0);
    does(&s, 2, "read", "3", 0);
    does(&s, 2, "write", "4", 0);
    does(&s, 4, "read", "4", 0);
    expect_valid(&s);
    asks(&s, 1, "rmw", "1"); /* each reads what the other writes, and so comes after it */
    asks(&s, 2, "rmw", "2");
    ends(&s, 1, "ok", "rmw", "2");
    ends(&s, 2, "ok", "rmw", "1");
    expect_broken(&s, WFR);
    end_story(&s);
}

static void a_later_write_that_is_undone_breaks_two_guarantees_together(void **state) {
    struct story s = {0};
    does(&s, 1, "write", "1", 0);
    does(&s, 1, "write", "2", 0);
    does(&s, 1, "read", "1", 0);
    expect(&s, CHECK_INVALID, (const uint64_t[]){0, 0, 0, 0});
    assert_int_equal(s.result.anomalies_found, 1);
    assert_string_equal(s.result.anomalies[0].name, "no-order-of-writes");
    assert_int_equal(s.result.anomalies[0].rules, 1U << RYW | 1U << MW);
    assert_string_equal(s.result.anomalies[0].why,
                        "process 1 wrote 1 (line 2) and later wrote 2 (line 4), so 1 comes before "
                        "2; process 1 wrote 2 (line 4) and later read 1 (line 6), so 2 comes "
                        "before 1: no order of the writes to key \"x\" allows it");
    end_story(&s);
}

static void monotonic_writes_need_an_observer(void **state) {
    struct story s = {0};
    does(&s, 1, "write", "1", 0);
    does(&s, 1, "write", "2", 0);
    does(&s, 2, "read", "2", 0);
    does(&s, 2, "read", "1", 0);
    expect(&s, CHECK_INVALID, (const uint64_t[]){0, 0, 0, 0});
    assert_int_equal(s.result.anomalies[0].rules, 1U << MR | 1U << MW);
    end_story(&s);
}

static void a_cycle_is_as_short_as_can_be(void **state) {
    struct story s = {0};
    char value[8];
    for (int i = 1; i <= 30; i++) {
        snprintf(value, sizeof value, "%d", i);
        does(&s, 1, "write", value, 0);
    }
    does(&s, 1, "read", "1", 0);
    judge_story(&s, "session");
    assert_int_equal(s.result.anomalies_found, 1);
    assert_int_equal(s.result.anomalies[0].count, 3); /* 1, any other, 1 again */
    end_story(&s);
}

static void writes_that_are_not_unique_cannot_be_judged(void **state) {
    struct story s = {0};
    does(&s, 1, "write", "1", 0);
    does(&s, 2, "write", "1", 0);
    judge_story(&s, "session");
    assert_int_equal(s.result.malformed_line, 3);
    assert_string_equal(text_string(&s.result.malformed),
                        "found a second write of 1 to key \"x\", which line 1 writes too; expected "
                        "each value once a key, or a \"version\" in every ok");
    end_story(&s);
    does(&s, 1, "write", "1", 0); /* to two keys they may be the same */
    tell(&s, 1, "invoke", "write", "\"y\"", "1", "");
    tell(&s, 1, "ok", "write", "\"y\"", "1", "");
    does(&s, 1, "read", "1", 0);
    expect_valid(&s);
}

/* ---- what an operation's end says ---- */

static void a_value_that_nobody_wrote(void **state) {
    struct story s = {0};
    does(&s, 1, "read", "9", 0);
    expect_anomaly(&s, "unwritten-value");
    end_story(&s);
    does(&s, 1, "read", "9", 0); /* or not yet */
    does(&s, 2, "write", "9", 0);
    expect_anomaly(&s, "unwritten-value");
    end_story(&s);
}

static void a_value_whose_write_failed(void **state) {
    struct story s = {0};
    asks(&s, 2, "write", "9");
    ends(&s, 2, "fail", "write", "9");
    does(&s, 1, "read", "9", 0);
    expect_anomaly(&s, "read-of-failed-write");
    end_story(&s);
    asks(&s, 2, "write", "9");
    ends(&s, 2, "fail", "write", "9");
    does(&s, 2, "write", "9", 0); /* tried again */
    does(&s, 2, "read", "9", 0);
    expect_valid(&s);
}

static void what_failed_obliges_nobody(void **state) {
    struct story s = {0};
    does(&s, 1, "write", "1", 0);
    asks(&s, 1, "write", "2");
    ends(&s, 1, "fail", "write", "2");
    does(&s, 1, "read", "1", 0);
    expect_valid(&s);
}

static void what_may_have_happened_obliges_nobody(void **state) {
    struct story s = {0};
    tell(&s, 1, "invoke", "write", "\"x\"", "1", ",\"client\":\"a\"");
    tell(&s, 1, "info", "write", "\"x\"", "1", "");
    for (int i = 0; i < 2; i++) {
        tell(&s, 2, "invoke", "read", "\"x\"", "null", ",\"client\":\"a\"");
        tell(&s, 2, "ok", "read", "\"x\"", "null", ",\"client\":\"a\"");
    }
    expect_valid(&s);
}

static void what_was_seen_has_happened_after_all_before_it(void **state) {
    struct story s = {0};
    does(&s, 1, "write", "1", 0);
    asks(&s, 1, "write", "2");
    ends(&s, 1, "info", "write", "2");
    does(&s, 2, "read", "2", 0); /* so 2 is there, after 1 */
    does(&s, 2, "read", "1", 0);
    expect(&s, CHECK_INVALID, (const uint64_t[]){0, 0, 0, 0});
    assert_int_equal(s.result.anomalies[0].rules, 1U << MR | 1U << MW);
    end_story(&s);
    does(&s, 1, "write", "1", 5);
    asks(&s, 1, "write", "2");
    ends(&s, 1, "info", "write", "2");
    does(&s, 2, "read", "2", 4); /* its version is known by that */
    expect_broken(&s, MW);
    end_story(&s);
}

/* ---- sessions ---- */

static void a_client_is_one_session_over_many_processes(void **state) {
    struct story s = {0};
    for (int named = 1; named >= 0; named--) {
        const char *more = named ? ",\"client\":\"app/3\"" : "";
        tell(&s, 1, "invoke", "write", "\"x\"", "1", more);
        tell(&s, 1, "ok", "write", "\"x\"", "1", more);
        tell(&s, 2, "invoke", "read", "\"x\"", "null", more);
        tell(&s, 2, "ok", "read", "\"x\"", "null", "");
        if (named)
            expect_broken(&s, RYW);
        else
            expect(&s, CHECK_UNKNOWN, (const uint64_t[GUARANTEES]){0});
        end_story(&s);
    }
}

static void operations_that_overlap_are_in_no_order(void **state) {
    struct story s = {0};
    const char *a = ",\"client\":\"a\"";
    tell(&s, 1, "invoke", "write", "\"x\"", "1", a);
    tell(&s, 2, "invoke", "read", "\"x\"", "null", a);
    tell(&s, 1, "ok", "write", "\"x\"", "1", a);
    tell(&s, 2, "ok", "read", "\"x\"", "null", a); /* began before the write was acknowledged */
    tell(&s, 3, "invoke", "read", "\"x\"", "null", a);
    tell(&s, 3, "ok", "read", "\"x\"", "1", a);
    expect_valid(&s);
}

static void overlaps_bind_neither_and_what_follows_both(void **state) {
    struct story s = {0};
    const char *a = ",\"client\":\"a\"";
    tell(&s, 1, "invoke", "write", "\"x\"", "1", a);
    tell(&s, 2, "invoke", "write", "\"x\"", "2", a);
    tell(&s, 2, "ok", "write", "\"x\"", "2", a);
    tell(&s, 3, "invoke", "read", "\"x\"", "null", a); /* after 2, beside 1 */
    tell(&s, 1, "ok", "write", "\"x\"", "1", a);
    tell(&s, 3, "ok", "read", "\"x\"", "2", a);
    does(&s, 4, "read", "1", 0);
    does(&s, 4, "read", "2", 0);
    expect_valid(&s);
}

static void with_nothing_to_judge_the_verdict_is_unknown(void **state) {
    struct story s = {0};
    expect(&s, CHECK_UNKNOWN, (const uint64_t[GUARANTEES]){0});
    end_story(&s);
    does(&s, 1, "write", "1", 0);
    does(&s, 2, "read", "1", 0);
    tell(&s, 1, "invoke", "read", "\"y\"", "null", "");
    tell(&s, 1, "ok", "read", "\"y\"", "null", "");
    expect(&s, CHECK_UNKNOWN, (const uint64_t[GUARANTEES]){0});
    assert_non_null(strstr(text_string(&s.result.why), "nothing to judge"));
    end_story(&s);
}

static void each_key_is_judged_alone(void **state) {
    struct story s = {0};
    for (int key = 0; key < 3; key++) {
        const char *name = key == 0 ? "\"x\"" : key == 1 ? "7" : "[1, {\"b\":2,\"a\":1}]";
        tell(&s, 1, "invoke", "write", name, "1", "");
        tell(&s, 1, "ok", "write", key == 2 ? "[1,{\"a\":1e0,\"b\":2.0}]" : name, "1", "");
        tell(&s, 1, "invoke", "read", name, "null", "");
        tell(&s, 1, "ok", "read", name, key == 1 ? "null" : "1", "");
    }
    expect_broken(&s, RYW);
    assert_string_equal(names_string(&s.history.keys, s.result.anomalies[0].key), "7");
    assert_int_equal(s.result.keys, 3);
    end_story(&s);
}

static void other_operations_are_skipped_and_counted(void **state) {
    struct story s = {0};
    does(&s, 1, "write", "1", 0);
    does(&s, 1, "scan", "3", 0);
    does(&s, 1, "read", "1", 0);
    expect(&s, CHECK_VALID, (const uint64_t[GUARANTEES]){0});
    assert_string_equal(s.result.figures[3].name, "ops_skipped");
    assert_int_equal(s.result.figures[3].value, 1);
    end_story(&s);
}

static void anomalies_beyond_the_limit_are_counted(void **state) {
    struct story s = {0};
    for (int i = 0; i < 150; i++) does(&s, 1, "read", "9", 0);
    judge_story(&s, "session");
    assert_int_equal(s.result.anomaly_count, 100);
    assert_int_equal(s.result.anomalies_found, 150);
    end_story(&s);
}

static void a_small_memory_makes_it_unknown(void **state) {
    struct story s = {0};
    for (int i = 0; i < 2000; i++) {
        char value[16];
        snprintf(value, sizeof value, "%d", i + 1);
        does(&s, i, "write", value, 0);
    }
    read_story(&s);
    assert_int_equal(s.read, HISTORY_READ);
    s.limits.memory_peak = s.limits.memory_used;
    s.limits.memory_max = s.limits.memory_used + 20000; /* it is read, and not judged */
    check_run(check_spec_named("session"), &s.history, &s.limits, &s.result);
    assert_int_equal(s.result.verdict, CHECK_UNKNOWN);
    assert_non_null(strstr(text_string(&s.result.why), "--memory"));
    assert_true(s.limits.memory_peak <= s.limits.memory_max);
    end_story(&s);
}

static void what_was_found_before_a_limit_is_certain(void **state) {
    struct story s = {0};
    does(&s, 1, "write", "1", 0);
    does(&s, 1, "read", "null", 0);
    read_story(&s);
    s.result.anomalies_max = 100;
    s.result.anomalies_found = 1; /* as if it were one key of many */
    s.limits.passed = "the time was over";
    check_run(check_spec_named("session"), &s.history, &s.limits, &s.result);
    assert_int_equal(s.result.verdict, CHECK_INVALID);
    assert_string_equal(text_string(&s.result.why), "the time was over before all was judged; what "
                                                    "was found until then is certain all the same");
    end_story(&s);
}

int main(void) {
    const struct CMUnitTest versions[] = {
        cmocka_unit_test(versions_tell_read_your_writes),
        cmocka_unit_test(versions_tell_monotonic_reads),
        cmocka_unit_test(versions_tell_monotonic_writes),
        cmocka_unit_test(versions_tell_writes_follow_reads),
        cmocka_unit_test(the_latest_of_all_earlier_operations_counts),
        cmocka_unit_test(null_is_before_all_versions),
        cmocka_unit_test(a_read_may_take_its_version_from_the_write),
        cmocka_unit_test(a_version_that_contradicts_the_write_is_told),
        cmocka_unit_test(with_versions_writes_need_not_be_unique),
        cmocka_unit_test(an_rmw_reads_and_then_writes),
    };
    const struct CMUnitTest order[] = {
        cmocka_unit_test(an_order_may_exist),
        cmocka_unit_test(null_after_ones_own_write_breaks_read_your_writes),
        cmocka_unit_test(null_after_a_value_breaks_monotonic_reads),
        cmocka_unit_test(two_sessions_that_each_miss_their_own_write),
        cmocka_unit_test(two_sessions_that_read_in_opposite_order),
        cmocka_unit_test(one_session_that_reads_back_and_forth),
        cmocka_unit_test(writes_that_follow_reads_in_a_circle),
        cmocka_unit_test(a_later_write_that_is_undone_breaks_two_guarantees_together),
        cmocka_unit_test(monotonic_writes_need_an_observer),
        cmocka_unit_test(a_cycle_is_as_short_as_can_be),
        cmocka_unit_test(writes_that_are_not_unique_cannot_be_judged),
    };
    const struct CMUnitTest both[] = {
        cmocka_unit_test(a_value_that_nobody_wrote),
        cmocka_unit_test(a_value_whose_write_failed),
        cmocka_unit_test(what_failed_obliges_nobody),
        cmocka_unit_test(what_may_have_happened_obliges_nobody),
        cmocka_unit_test(what_was_seen_has_happened_after_all_before_it),
        cmocka_unit_test(a_client_is_one_session_over_many_processes),
        cmocka_unit_test(operations_that_overlap_are_in_no_order),
        cmocka_unit_test(overlaps_bind_neither_and_what_follows_both),
        cmocka_unit_test(with_nothing_to_judge_the_verdict_is_unknown),
        cmocka_unit_test(each_key_is_judged_alone),
        cmocka_unit_test(other_operations_are_skipped_and_counted),
        cmocka_unit_test(anomalies_beyond_the_limit_are_counted),
        cmocka_unit_test(a_small_memory_makes_it_unknown),
        cmocka_unit_test(what_was_found_before_a_limit_is_certain),
    };
    int failed = cmocka_run_group_tests(versions, NULL, NULL);
    failed += cmocka_run_group_tests(order, NULL, NULL);
    failed += cmocka_run_group_tests(both, NULL, NULL);
    return failed;
}
