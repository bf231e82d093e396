/*
 * Linearizability, specification by specification: what is allowed, what is not, what an outcome
 * that nobody knows may do, what a failure says.
 */
#include "linear_test.h"

static const char *const specs[] = {"register", "cas-register"};

/* ---- register ---- */

static void a_read_sees_the_last_write(void **state) {
    for (int i = 0; i < 2; i++) {
        struct story s = {0};
        reads(&s, 2, "null");
        writes(&s, 1, "1");
        writes(&s, 1, "{\"a\":[2]}");
        reads(&s, 2, "{\"a\": [2]}");
        expect_valid(&s, specs[i]);
        writes(&s, 1, "1");
        writes(&s, 1, "2");
        reads(&s, 2, "1");
        expect_invalid(&s, specs[i]);
        writes(&s, 1, "1");
        reads(&s, 2, "null");
        expect_invalid(&s, specs[i]);
    }
}

static void what_overlaps_may_have_happened_in_either_order(void **state) {
    struct story s = {0};
    asks(&s, 1, "write", "1");
    asks(&s, 2, "write", "2");
    asks(&s, 3, "read", "null");
    ends(&s, 3, "ok", "read", "2");
    ends(&s, 1, "ok", "write", "1");
    ends(&s, 2, "ok", "write", "2");
    reads(&s, 3, "1");
    expect_valid(&s, "register");
    asks(&s, 1, "write", "1");
    asks(&s, 2, "write", "2");
    ends(&s, 1, "ok", "write", "1");
    ends(&s, 2, "ok", "write", "2");
    reads(&s, 3, "1");
    reads(&s, 3, "2"); /* but in one of them for all */
    expect_invalid(&s, "register");
}

static void a_key_is_an_object_of_its_own(void **state) {
    struct story s = {0};
    writes(&s, 1, "1");
    tell(&s, 1, "invoke", "read", "\"y\"", "null", "");
    tell(&s, 1, "ok", "read", "\"y\"", "null", "");
    judge_story(&s, "register");
    assert_int_equal(s.result.verdict, CHECK_VALID);
    assert_int_equal(s.result.keys, 2);
    end_story(&s);
}

static void an_rmw_reads_what_it_returned_and_writes_what_it_was_asked(void **state) {
    struct story s = {0};
    writes(&s, 1, "1");
    asks(&s, 2, "rmw", "2");
    ends(&s, 2, "ok", "rmw", "1");
    reads(&s, 3, "2");
    expect_valid(&s, "register");
    writes(&s, 1, "1");
    asks(&s, 2, "rmw", "2");
    ends(&s, 2, "ok", "rmw", "1");
    asks(&s, 3, "rmw", "3"); /* a lost update: both read 1 */
    ends(&s, 3, "ok", "rmw", "1");
    expect_invalid(&s, "register");
    writes(&s, 1, "1");
    asks(&s, 2, "rmw", "2"); /* of unknown outcome it may have read anything */
    ends(&s, 2, "info", "rmw", "2");
    writes(&s, 1, "1");
    reads(&s, 3, "2");
    expect_valid(&s, "register");
}

static void scans_are_passed_over_and_counted(void **state) {
    struct story s = {0};
    writes(&s, 1, "1");
    asks(&s, 2, "scan", "10");
    ends(&s, 2, "ok", "scan", "77");
    reads(&s, 3, "1");
    judge_story(&s, "register");
    assert_int_equal(s.result.verdict, CHECK_VALID);
    assert_non_null(strstr(text_string(&s.result.why), "; 1 scan was passed over"));
    end_story(&s);
}

/* ---- what nobody knows ---- */

static void an_unknown_write_may_take_effect_much_later(void **state) {
    struct story s = {0};
    asks(&s, 1, "write", "7");
    ends(&s, 1, "info", "write", "7");
    writes(&s, 2, "1");
    for (int i = 0; i < 20; i++) reads(&s, 3, "1");
    reads(&s, 3, "7");
    expect_valid(&s, "register");
}
static void or_never(void **state) {
    struct story s = {0};
    asks(&s, 1, "write", "7");
    ends(&s, 1, "info", "write", "7");
    for (int i = 0; i < 20; i++) reads(&s, 3, "null");
    expect_valid(&s, "register");
}
static void but_only_once(void **state) {
    struct story s = {0};
    asks(&s, 1, "write", "7");
    ends(&s, 1, "info", "write", "7");
    reads(&s, 3, "7");
    writes(&s, 2, "1");
    reads(&s, 3, "1");
    reads(&s, 3, "7");
    expect_invalid(&s, "register");
}
static void and_not_before_it_was_asked(void **state) {
    struct story s = {0};
    reads(&s, 3, "7");
    asks(&s, 1, "write", "7");
    ends(&s, 1, "info", "write", "7");
    expect_invalid(&s, "register");
}
static void what_has_no_completion_is_unknown_too(void **state) {
    struct story s = {0};
    asks(&s, 1, "write", "7");
    writes(&s, 2, "1");
    reads(&s, 3, "1");
    reads(&s, 3, "7");
    expect_valid(&s, "register");
}
static void two_unknown_ones_of_one_value_may_each_take_effect(void **state) {
    struct story s = {0};
    for (int p = 1; p <= 2; p++) {
        asks(&s, p, "write", "7");
        ends(&s, p, "info", "write", "7");
    }
    for (int i = 0; i < 2; i++) {
        writes(&s, 4, "1");
        reads(&s, 3, "1");
        reads(&s, 3, "7");
    }
    expect_valid(&s, "register");
    for (int p = 1; p <= 2; p++) {
        asks(&s, p, "write", "7");
        ends(&s, p, "info", "write", "7");
    }
    for (int i = 0; i < 3; i++) {
        writes(&s, 4, "1");
        reads(&s, 3, "1");
        reads(&s, 3, "7");
    }
    expect_invalid(&s, "register");
}
static void an_unknown_cas_may_be_what_another_unknown_cas_needs(void **state) {
    struct story s = {0};
    writes(&s, 1, "0");
    for (int p = 2; p <= 4; p++) {
        char pair[8];
        snprintf(pair, sizeof pair, "[%d,%d]", p - 2, p - 1);
        asks(&s, p, "cas", pair);
        ends(&s, p, "info", "cas", pair);
    }
    reads(&s, 1, "0");
    reads(&s, 1, "3");
    expect_valid(&s, "cas-register");
}
static void what_failed_did_not_happen(void **state) {
    struct story s = {0};
    writes(&s, 1, "1");
    does_not(&s, 2, "write", "2", "");
    reads(&s, 3, "1");
    expect_valid(&s, "register");
    writes(&s, 1, "1");
    does_not(&s, 2, "write", "2", "");
    reads(&s, 3, "2");
    const struct check_explanation *e = fails(&s, "register");
    assert_int_equal(e->line, 6);
    assert_non_null(strstr(s.result.anomalies[0].why,
                           "what would have written 2 failed, of process 2 (lines 3 to 4)"));
    end_story(&s);
}
static void what_failed_after_it_was_seen_is_what_is_wrong(void **state) {
    struct story s = {0};
    asks(&s, 2, "write", "2");
    reads(&s, 3, "2");
    ends(&s, 2, "fail", "write", "2");
    const struct check_explanation *e = fails(&s, "register");
    assert_int_equal(e->line, 4);
    assert_string_equal(
        s.result.anomalies[0].why,
        "the write of 2 by process 2 (lines 1 to 4) failed, so it did not happen; but what was "
        "seen until "
        "line 4 can only be explained if it did, as for instance by process 3 (lines 2 to 3)");
    end_story(&s);
}

/* ---- cas ---- */

static void a_cas_needs_its_old_value_and_leaves_the_new(void **state) {
    struct story s = {0};
    writes(&s, 1, "1");
    does(&s, 2, "cas", "[1,2]", 0);
    reads(&s, 3, "2");
    expect_valid(&s, "cas-register");
    writes(&s, 1, "1");
    does(&s, 2, "cas", "[0,2]", 0);
    expect_invalid(&s, "cas-register");
    does(&s, 2, "cas", "[null,{\"a\":[1,2]}]", 0);
    reads(&s, 3, "{\"a\":[1,2]}");
    expect_valid(&s, "cas-register");
}
/* The one that must end first comes last here, as they are not the same. */
static void of_two_with_one_old_value_either_may_come_first(void **state) {
    struct story s = {0};
    writes(&s, 1, "0");
    asks(&s, 1, "cas", "[0,1]");
    asks(&s, 2, "cas", "[0,2]");
    asks(&s, 3, "write", "0");
    ends(&s, 2, "ok", "cas", "[0,2]");
    ends(&s, 1, "ok", "cas", "[0,1]");
    ends(&s, 3, "ok", "write", "0");
    reads(&s, 4, "2");
    expect_valid(&s, "cas-register");
}
static void a_mismatch_saw_another_value(void **state) {
    struct story s = {0};
    writes(&s, 1, "1");
    does_not(&s, 2, "cas", "[0,2]", ",\"error\":\"mismatch\"");
    reads(&s, 3, "1");
    expect_valid(&s, "cas-register");
    writes(&s, 1, "1");
    does_not(&s, 2, "cas", "[1,2]", ",\"error\":\"mismatch\"");
    const struct check_explanation *e = fails(&s, "cas-register");
    assert_string_equal(e->saw, "saw other than 1");
    assert_int_equal(e->possible_count, 1);
    assert_string_equal(e->possible[0], "1");
    end_story(&s);
}
static void at_some_moment_while_it_ran(void **state) {
    struct story s = {0};
    writes(&s, 1, "1");
    asks(&s, 2, "cas", "[1,2]");
    writes(&s, 1, "3");
    writes(&s, 1, "1");
    tell(&s, 2, "fail", "cas", "\"x\"", "[1,2]", ",\"error\":\"mismatch\"");
    expect_valid(&s, "cas-register");
}
static void a_cas_that_failed_otherwise_saw_nothing(void **state) {
    struct story s = {0};
    writes(&s, 1, "1");
    does_not(&s, 2, "cas", "[1,2]", ",\"error\":\"no leader\"");
    does_not(&s, 2, "cas", "[1,2]", "");
    reads(&s, 3, "1");
    expect_valid(&s, "cas-register");
}

/* ---- kv ---- */

static void gets_see_puts_and_appends(void **state) {
    struct story s = {0};
    does(&s, 1, "get", "\"\"", 0);
    does(&s, 1, "append", "\"ab\"", 0);
    does(&s, 1, "put", "\"c\"", 0);
    does(&s, 2, "append", "\"\\u00e9\\n\"", 0);
    does(&s, 2, "append", "\"\"", 0);
    does(&s, 1, "get", "\"c\xc3\xa9\\n\"", 0);
    expect_valid(&s, "kv");
    does(&s, 1, "put", "\"c\"", 0);
    does(&s, 2, "append", "\"d\"", 0);
    does(&s, 1, "get", "\"c\"", 0);
    const struct check_explanation *e = fails(&s, "kv");
    assert_string_equal(e->saw, "get \"c\"");
    assert_string_equal(e->possible[0], "\"cd\"");
    end_story(&s);
}
static void one_text_may_have_come_about_in_several_ways(void **state) {
    struct story s = {0};
    asks(&s, 1, "append", "\"a\"");
    asks(&s, 2, "append", "\"ab\"");
    asks(&s, 3, "append", "\"b\"");
    ends(&s, 1, "ok", "append", "\"a\"");
    ends(&s, 2, "ok", "append", "\"ab\"");
    ends(&s, 3, "ok", "append", "\"b\"");
    does(&s, 4, "get", "\"abab\"", 0);
    expect_valid(&s, "kv");
}
static void an_unknown_append_may_have_happened(void **state) {
    struct story s = {0};
    asks(&s, 1, "append", "\"a\"");
    ends(&s, 1, "info", "append", "\"a\"");
    does(&s, 2, "append", "\"b\"", 0);
    does(&s, 2, "get", "\"b\"", 0);
    does(&s, 2, "get", "\"ba\"", 0);
    expect_valid(&s, "kv");
}

/* ---- what is no history of that specification ---- */

static void what_does_not_belong_is_told_with_its_line(void **state) {
    struct story s = {0};
    does(&s, 1, "cas", "[1]", 0);
    expect_malformed(&s, "cas-register", 1, "found a cas of [1]; expected a pair, [old,new]");
    does(&s, 1, "cas", "[1,2,3]", 0);
    expect_malformed(&s, "cas-register", 1, "expected a pair");
    does(&s, 1, "cas", "[1,2]", 0);
    expect_malformed(&s, "register", 1,
                     "found the operation \"cas\"; expected read, write, rmw or scan");
    does(&s, 1, "delete", "1", 0);
    expect_malformed(&s, "cas-register", 1, "expected read, write, cas, rmw or scan");
    writes(&s, 1, "1");
    asks(&s, 1, "write", "1");
    ends(&s, 1, "ok", "write", "2");
    expect_malformed(&s, "register", 4, "found a write of 2; expected what it was invoked with");
    does(&s, 1, "get", "null", 0);
    expect_malformed(&s, "kv", 2,
                     "found a get of null; expected a string, \"\" where the key is absent");
    does(&s, 1, "put", "5", 0);
    expect_malformed(&s, "kv", 1, "found a put of 5; expected a string");
    does(&s, 1, "read", "5", 0);
    expect_malformed(&s, "kv", 1, "expected get, put or append");
}
static void where_nothing_was_seen_nothing_is_judged(void **state) {
    struct story s = {0};
    expect(&s, "register", CHECK_UNKNOWN);
    end_story(&s);
    writes(&s, 1, "1");
    expect(&s, "register", CHECK_UNKNOWN);
    assert_non_null(strstr(text_string(&s.result.why), "there was nothing to judge"));
    end_story(&s);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_read_sees_the_last_write),
        cmocka_unit_test(what_overlaps_may_have_happened_in_either_order),
        cmocka_unit_test(a_key_is_an_object_of_its_own),
        cmocka_unit_test(an_rmw_reads_what_it_returned_and_writes_what_it_was_asked),
        cmocka_unit_test(scans_are_passed_over_and_counted),
        cmocka_unit_test(an_unknown_write_may_take_effect_much_later),
        cmocka_unit_test(or_never),
        cmocka_unit_test(but_only_once),
        cmocka_unit_test(and_not_before_it_was_asked),
        cmocka_unit_test(what_has_no_completion_is_unknown_too),
        cmocka_unit_test(two_unknown_ones_of_one_value_may_each_take_effect),
        cmocka_unit_test(an_unknown_cas_may_be_what_another_unknown_cas_needs),
        cmocka_unit_test(what_failed_did_not_happen),
        cmocka_unit_test(what_failed_after_it_was_seen_is_what_is_wrong),
        cmocka_unit_test(a_cas_needs_its_old_value_and_leaves_the_new),
        cmocka_unit_test(of_two_with_one_old_value_either_may_come_first),
        cmocka_unit_test(a_mismatch_saw_another_value),
        cmocka_unit_test(at_some_moment_while_it_ran),
        cmocka_unit_test(a_cas_that_failed_otherwise_saw_nothing),
        cmocka_unit_test(gets_see_puts_and_appends),
        cmocka_unit_test(one_text_may_have_come_about_in_several_ways),
        cmocka_unit_test(an_unknown_append_may_have_happened),
        cmocka_unit_test(what_does_not_belong_is_told_with_its_line),
        cmocka_unit_test(where_nothing_was_seen_nothing_is_judged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
