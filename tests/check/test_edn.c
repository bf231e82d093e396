/* Lines of Jepsen's history.edn, as JSON. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "check/edn.h"

static void assert_json(const char *edn, const char *expected) {
    struct text json = {0}, error = {0};
    assert_true(edn_is(edn, strlen(edn)));
    if (!edn_to_json(edn, strlen(edn), 7, &json, &error))
        fail_msg("%s: %s", edn, text_string(&error));
    assert_string_equal(text_string(&json), expected);
    text_free(&json);
    text_free(&error);
}
static void assert_wrong(const char *edn, const char *expected) {
    struct text json = {0}, error = {0};
    assert_false(edn_to_json(edn, strlen(edn), 7, &json, &error));
    if (!strstr(text_string(&error), expected)) fail_msg("%s: %s", edn, text_string(&error));
    text_free(&json);
    text_free(&error);
}

static void an_operation_has_keywords_for_strings(void **state) {
    assert_json("{:process 0, :type :invoke, :f :read, :value nil, :time 12, :index 3}",
                "{\"process\":0,\"type\":\"invoke\",\"f\":\"read\",\"value\":null,\"time\":12,"
                "\"index\":3}");
    assert_json("#jepsen.history.Op{:index 0 :time 5N :type :ok :process :nemesis :f :start :value "
                "#{:n1 :n2}}",
                "{\"index\":0,\"time\":5,\"type\":\"ok\",\"process\":\"nemesis\",\"f\":\"start\","
                "\"value\":[\"n1\",\"n2\"]}");
}

static void one_without_an_index_gets_its_line(void **state) {
    assert_json("{:process 1}", "{\"process\":1,\"index\":7,\"time\":7}");
    assert_json("{:index 3}", "{\"index\":3,\"time\":7}");
}

static void all_of_it_may_be_a_vector(void **state) {
    assert_json("[{:index 1 :time 2}", "{\"index\":1,\"time\":2}");
    assert_json(" {:index 1 :time 2}]", "{\"index\":1,\"time\":2}");
    assert_json("]", "");
    assert_json("; a comment", "");
}

static void independent_keys_are_taken_apart(void **state) {
    assert_json("{:f :read :value [5 nil] :index 1 :time 2}",
                "{\"f\":\"read\",\"key\":5,\"value\":null,\"index\":1,\"time\":2}");
    assert_json("{:value [\"x y\" {:a 1.5}], :f :write, :index 1 :time 2}",
                "{\"key\":\"x y\",\"value\":{\"a\":1.5},\"f\":\"write\",\"index\":1,\"time\":2}");
    assert_json("{:f :cas :value [1 2] :index 1 :time 2}",
                "{\"f\":\"cas\",\"value\":[1,2],\"index\":1,\"time\":2}");
    assert_json("{:f :cas :value [k [1 2]] :index 1 :time 2}",
                "{\"f\":\"cas\",\"key\":\"k\",\"value\":[1,2],\"index\":1,\"time\":2}");
    assert_json("{:f :cas :value [[0 1] [2 3]] :index 1 :time 2}", /* its old value is no pair */
                "{\"f\":\"cas\",\"key\":[0,1],\"value\":[2,3],\"index\":1,\"time\":2}");
    assert_json("{:f :cas :value [[1] [2]] :index 1 :time 2}",
                "{\"f\":\"cas\",\"value\":[[1],[2]],\"index\":1,\"time\":2}");
    assert_json("{:f :append :value [k \"s\"] :index 1 :time 2}",
                "{\"f\":\"append\",\"key\":\"k\",\"value\":\"s\",\"index\":1,\"time\":2}");
    assert_json(
        "{:f :txn :value [[:append 1 2] [:r 1 nil]] :index 1 :time 2}",
        "{\"f\":\"txn\",\"value\":[[\"append\",1,2],[\"r\",1,null]],\"index\":1,\"time\":2}");
    assert_json("{:f :read :key 3 :value [5 6] :index 1 :time 2}",
                "{\"f\":\"read\",\"key\":3,\"value\":[5,6],\"index\":1,\"time\":2}");
}

static void other_values_have_a_json_of_their_own(void **state) {
    assert_json(
        "{:a (1 \"q\\\"t\" \\c -2.5M +3 1/2 sym/bol) :b {1 true, [2] false} :index 1 :time 2}",
        "{\"a\":[1,\"q\\\"t\",\"\\\\c\",-2.5,3,\"1/2\",\"sym/bol\"],\"b\":{\"1\":true,\"[2]\":"
        "false},\"index\":1,\"time\":2}");
}

static void what_is_wrong_is_told_with_its_column(void **state) {
    assert_wrong("{:f :read", "at column 10");
    assert_wrong("{:f [1 2", "']'");
    assert_wrong("{:f [1 2}", "at column 9 found \"}\"; expected a value");
    assert_wrong("{:f \"x}", "'\"' at the string's end");
    assert_wrong("{:f}", "a value");
    assert_wrong("{:a 1} {:a 2}", "an operation");
    char deep[400];
    memset(deep, '[', sizeof deep);
    memcpy(deep, "{:a ", 4);
    deep[sizeof deep - 1] = '\0';
    assert_wrong(deep, "64 levels");
}

static void json_is_left_to_others(void **state) {
    assert_false(edn_is("{\"index\":0}", 11));
    assert_false(edn_is("  {}", 4));
    assert_false(edn_is("", 0));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_operation_has_keywords_for_strings),
        cmocka_unit_test(one_without_an_index_gets_its_line),
        cmocka_unit_test(all_of_it_may_be_a_vector),
        cmocka_unit_test(independent_keys_are_taken_apart),
        cmocka_unit_test(other_values_have_a_json_of_their_own),
        cmocka_unit_test(what_is_wrong_is_told_with_its_column),
        cmocka_unit_test(json_is_left_to_others),
    };
    return cmocka_run_group_tests_name("check edn", tests, NULL, NULL);
}
