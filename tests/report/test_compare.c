/* Two traces, and the first record in which they part. */
#include "report_test.h"

#include "report/compare.h"

#define LINE(SEQ, T, NODE, NOTE, HASH)                          \
    "{\"seq\":" SEQ ",\"cause\":0,\"t\":" T ",\"node\":\"" NODE \
    "\",\"kind\":\"note\",\"peer\":null,"                       \
    "\"msg\":null,\"type\":null,\"size\":null,\"note\":\"" NOTE "\",\"hash\":\"" HASH "\"}\n"
#define END "{\"digest\":\"00ff\",\"exit\":0,\"events\":2}\n"

static bool compare(const char *one, const char *two, struct comparison *result) {
    FILE *first = fmemopen((void *)one, strlen(one), "r"),
         *second = fmemopen((void *)two, strlen(two), "r");
    assert_non_null(first);
    assert_non_null(second);
    const bool equal = compare_records(first, second, result);
    fclose(first);
    fclose(second);
    return equal;
}

static void assert_says(struct comparison *result, const char *words) {
    if (!strstr(text_string(&result->difference), words)) {
        fail_msg("'%s' is not in: %s", words, text_string(&result->difference));
    }
}

static void equal_runs_are_equal_and_counted(void **state) {
    struct comparison result = {0};
    const char *run = LINE("1", "5", "a", "x", "1") LINE("2", "6", "a", "y", "2") END;
    assert_true(compare(run, run, &result));
    assert_true(result.complete);
    assert_int_equal(result.records, 2);
    assert_string_equal(text_string(&result.digest), "00ff");
    comparison_free(&result);
}

static void the_first_record_that_differs_is_named_with_both_its_sides(void **state) {
    struct comparison result = {0};
    assert_false(
        compare(LINE("1", "5", "a", "x", "1") LINE("2", "6000000", "a", "yes, \\\"so\\\"", "2") END,
                LINE("1", "5", "a", "x", "1") LINE("2", "6000000", "a", "no", "3") END, &result));
    assert_int_equal(result.records, 1);
    assert_says(&result, "the runs part at record 2\n");
    assert_says(&result, "first   6ms a note note=\"yes, \\\"so\\\"\"\n");
    assert_says(&result, "second  6ms a note note=\"no\"\n");
    assert_says(&result, "differs in note\n");
    comparison_free(&result);
}

static void a_difference_in_bytes_alone_is_found_by_their_hash(void **state) {
    struct comparison result = {0};
    assert_false(
        compare(LINE("1", "5", "a", "x", "1") END, LINE("1", "5", "a", "x", "2") END, &result));
    assert_says(&result, "differs in the bytes that it carries");
    comparison_free(&result);
}

static void a_run_that_ends_early_is_told(void **state) {
    struct comparison result = {0};
    assert_false(compare(LINE("1", "5", "a", "x", "1") END,
                         LINE("1", "5", "a", "x", "1") LINE("2", "6", "b", "y", "2") END, &result));
    assert_says(&result, "the first run ends where the second goes on");
    comparison_free(&result);
}

static void runs_that_both_break_off_are_equal_but_not_complete(void **state) {
    struct comparison result = {0};
    assert_true(compare(LINE("1", "5", "a", "x", "1"), LINE("1", "5", "a", "x", "1"), &result));
    assert_false(result.complete);
    comparison_free(&result);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_runs_are_equal_and_counted),
        cmocka_unit_test(the_first_record_that_differs_is_named_with_both_its_sides),
        cmocka_unit_test(a_difference_in_bytes_alone_is_found_by_their_hash),
        cmocka_unit_test(a_run_that_ends_early_is_told),
        cmocka_unit_test(runs_that_both_break_off_are_equal_but_not_complete),
    };
    return cmocka_run_group_tests_name("compare", tests, NULL, NULL);
}
