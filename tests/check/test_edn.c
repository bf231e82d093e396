/* Operations of Jepsen's history.edn, as JSON. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "check/edn.h"

/* The lines of a text, the first of which is the history's at once. */
static bool next_line(void *context, const char **line, size_t *size) {
    const char **at = context;
    if (!*at) return false;
    const char *end = strchr(*at, '\n');
    *line = *at;
    *size = end ? (size_t)(end - *at) : strlen(*at);
    *at = end ? end + 1 : NULL;
    return true;
}

/* Each operation as its JSON, and what is wrong with the one after the last as "LINE: sentence". */
static void read_all(const char *edn, struct text *out) {
    struct text json = {0}, error = {0};
    struct edn_history h = {
        .edn = {.next_line = next_line, .context = &edn, .error = &error, .line = 1}};
    size_t size = 0;
    enum edn_next next;
    next_line(&edn, &h.edn.begin, &size);
    h.edn.at = h.edn.begin;
    h.edn.end = h.edn.begin + size;
    while ((next = edn_next(&h, &json)) == EDN_OPERATION)
        text_add(out, "%s%s", out->size ? "\n" : "", text_string(&json));
    assert_int_equal(next == EDN_WRONG, error.size > 0);
    if (next == EDN_WRONG)
        text_add(out, "%s%u: %s", out->size ? "\n" : "", h.edn.line, text_string(&error));
    text_free(&json);
    text_free(&error);
}

static void becomes(const char *edn, const char *expected) {
    struct text out = {0};
    read_all(edn, &out);
    assert_string_equal(text_string(&out), expected);
    text_free(&out);
}

/* A value of an operation that has all else. */
static void value_becomes(const char *edn, const char *expected) {
    struct text history = {0}, json = {0};
    text_add(&history, "{:f :put :key 0 :index 1 :time 2 :value %s}", edn);
    text_add(&json, "{\"f\":\"put\",\"key\":0,\"index\":1,\"time\":2,\"value\":%s}", expected);
    becomes(text_string(&history), text_string(&json));
    text_free(&history);
    text_free(&json);
}

static void is_wrong(const char *edn, const char *expected) {
    struct text out = {0};
    read_all(edn, &out);
    if (!strstr(text_string(&out), expected)) fail_msg("%s: %s", edn, text_string(&out));
    text_free(&out);
}

static void an_operation_has_keywords_for_strings(void **state) {
    becomes("{:process 0, :type :invoke, :f :read, :value nil, :time 12, :index 3}",
            "{\"process\":0,\"type\":\"invoke\",\"f\":\"read\",\"value\":null,\"time\":12,"
            "\"index\":3}");
    becomes("#jepsen.history.Op{:index 0 :time 5N :type :ok :process :nemesis :f :start}",
            "{\"index\":0,\"time\":5,\"type\":\"ok\",\"process\":\"nemesis\",\"f\":\"start\","
            "\"value\":null}");
}

static void what_is_missing_is_the_line_or_nil(void **state) {
    becomes("\n\n{:process 1}", "{\"process\":1,\"index\":3,\"time\":3,\"value\":null}");
    becomes("{:index 3 :value 4}", "{\"index\":3,\"value\":4,\"time\":1}");
}

static void an_operation_may_go_over_lines(void **state) {
    becomes("{:process 1,\r\n :value\n  {:a\n   1},\n\n :index 1 ; the first\n :time\n2}\n"
            "{:index 2 :time 3 :value [1\n2]}",
            "{\"process\":1,\"value\":{\"a\":1},\"index\":1,\"time\":2}\n"
            "{\"index\":2,\"time\":3,\"value\":[1,2]}");
    value_becomes("\"a\nb\"", "\"a\\nb\"");
}

static void all_of_it_may_be_a_vector_or_a_list(void **state) {
    static const char one[] = "{\"index\":1,\"time\":2,\"value\":3}";
    becomes("[{:index 1 :time 2 :value 3}]", one);
    becomes("; mine\n(\n{:index 1 :time 2 :value 3}\n)\n; the end\n", one);
    becomes("[\n;none\n]", "");
    becomes("", "");
    is_wrong("[{:index 1}", "1: found the end of the file; expected ']' at the end of all");
    is_wrong("({:index 1}\n] ", "2: at column 1 found \"] \"; expected an operation");
    is_wrong("[{:index 1}]\n{:index 2}",
             "2: at column 1 found \"{:index 2}\"; expected nothing behind");
    is_wrong("[{:index 1} {:index 2}]", "1: at column 13 found \"{:index 2}]\"; expected the end "
                                        "of the line: each operation has its own");
    is_wrong("{:index 1}}", "1: at column 11 found \"}\"; expected the end of the line");
    is_wrong("[{\"index\":1}]", "JSON has an event a line");
}

static void comments_and_discarded_values_are_spaces(void **state) {
    static const char one[] = "{\"index\":1,\"time\":2,\"value\":[3,5]}";
    becomes("#_{:index 0}\n{#_ :a #_{:b #_:c [}]} :index #_7 1 :time 2, :value [3 #_4 5 #_6]; "
            "[\n}\n#_ {:index\n 9}",
            "2: at column 20 found \"}]} :index #\"; expected a value");
    becomes("#_{:index 0}\n{#_ :a #_{:b #_:c []} :index #_7 1 :time 2, :value [3 #_4 5 #_6]; "
            "[\n}\n#_ {:index\n 9}",
            one);
    becomes("{:index 1 :time 2 :value #_#_1 2 [3 5]}", one);
    becomes("{:index 1 :time 2 #_#_:value 2 :value [3 #_\"]\" 5]}", one);
    is_wrong("{:value #_}", "1: at column 11 found \"}\"; expected a value");
    struct text deep = {0};
    text_add(&deep, "{:value ");
    for (int i = 0; i < 10000; i++) text_add(&deep, "#_");
    is_wrong(text_string(&deep), "64 levels");
    text_free(&deep);
}

static void independent_keys_are_taken_apart(void **state) {
    becomes("{:f :read :value [5 nil] :index 1 :time 2}",
            "{\"f\":\"read\",\"key\":5,\"value\":null,\"index\":1,\"time\":2}");
    becomes("{:value [\"x y\" {:a 1.5}], :f :write, :index 1 :time 2}",
            "{\"key\":\"x y\",\"value\":{\"a\":1.5},\"f\":\"write\",\"index\":1,\"time\":2}");
    becomes("{:f :cas :value [1 2] :index 1 :time 2}",
            "{\"f\":\"cas\",\"value\":[1,2],\"index\":1,\"time\":2}");
    becomes("{:f :cas :value [k [1 2]] :index 1 :time 2}",
            "{\"f\":\"cas\",\"key\":\"k\",\"value\":[1,2],\"index\":1,\"time\":2}");
    becomes("{:f :cas :value #a.Tuple [k #b/c [1 2]] :index 1 :time 2}",
            "{\"f\":\"cas\",\"key\":\"k\",\"value\":[1,2],\"index\":1,\"time\":2}");
    becomes("{:f :cas :value [[0 1] [2 3]] :index 1 :time 2}", /* its old value is no pair */
            "{\"f\":\"cas\",\"key\":[0,1],\"value\":[2,3],\"index\":1,\"time\":2}");
    becomes("{:f :cas :value [[1] [2]] :index 1 :time 2}",
            "{\"f\":\"cas\",\"value\":[[1],[2]],\"index\":1,\"time\":2}");
    becomes("{:f :append :value [k \"s\"] :index 1 :time 2}",
            "{\"f\":\"append\",\"key\":\"k\",\"value\":\"s\",\"index\":1,\"time\":2}");
    becomes("{:f :txn :value [[:append 1 2] [:r 1 nil]] :index 1 :time 2}",
            "{\"f\":\"txn\",\"value\":[[\"append\",1,2],[\"r\",1,null]],\"index\":1,\"time\":2}");
    becomes("{:f :read :key 3 :value [5 6] :index 1 :time 2}",
            "{\"f\":\"read\",\"key\":3,\"value\":[5,6],\"index\":1,\"time\":2}");
    becomes("{:f :read :value #{5 6} :index 1 :time 2}",
            "{\"f\":\"read\",\"value\":[5,6],\"index\":1,\"time\":2}");
    becomes("{:f :read :value (5 6) :index 1 :time 2}",
            "{\"f\":\"read\",\"value\":[5,6],\"index\":1,\"time\":2}");
}

static void words_are_strings(void **state) {
    value_becomes("(1 sym/bol :a/b - -a + .5 #inst \"1985\" #my/tag {:a #b c})",
                  "[1,\"sym/bol\",\"a/b\",\"-\",\"-a\",\"+\",\".5\",\"1985\",{\"a\":\"c\"}]");
    value_becomes(
        "[\\c \\newline \\u00e9 \\( \\\" \\; \\, \\\\ \\] 1]",
        "[\"\\u005cc\",\"\\u005cnewline\",\"\\u005cu00e9\",\"\\u005c(\",\"\\u005c\\u0022\","
        "\"\\u005c;\",\"\\u005c,\",\"\\u005c\\u005c\",\"\\u005c]\",1]");
    value_becomes("[##NaN ##Inf ##-Inf]", "[\"##NaN\",\"##Inf\",\"##-Inf\"]");
    value_becomes("#object[a.b.C 0x5f3 \"a.b.C@5f3\"]", "[\"a.b.C\",\"0x5f3\",\"a.b.C@5f3\"]");
}

static void numbers_are_numbers(void **state) {
    value_becomes("[-2.5M +3 7N 1e3 -0 2/3 10000000000000000000001N]",
                  "[-2.5,3,7,1000,0,\"2/3\",10000000000000000000001]");
    value_becomes("[1.0 1.00M 2020-01-01 1-2 +-1 N 1NN]",
                  "[1,1,\"2020-01-01\",\"1-2\",\"+-1\",\"N\",\"1NN\"]");
}

static void strings_have_their_escapes(void **state) {
    value_becomes("[\"q\\\"t\" \"\\t\\n\\\\\\u00e9\" \"\t\" \"\xc3\xa9\"]",
                  "[\"q\\\"t\",\"\\t\\n\\\\\\u00e9\",\"\\u0009\",\"\xc3\xa9\"]");
    value_becomes("#\"a\\d+\\\"b\"", "\"a\\u005cd+\\u005c\\u0022b\"");
    is_wrong("{:value \"\\d\"}", "at column 10 found \"\\\\d\\\"}\"; expected one of \\t \\n");
}

static void sets_have_no_order_and_maps_any_key(void **state) {
    value_becomes("#{3 1 2.0}", "[1,2,3]");
    value_becomes("#{:b #{2 1} {:y 1 :x 2} :a}", "[\"a\",\"b\",[1,2],{\"x\":2,\"y\":1}]");
    value_becomes("#{}", "[]");
    value_becomes("#{ab a}", "[\"a\",\"ab\"]");
    value_becomes("{1.0 true, [2 \"x\"] false, nil 3, #{2 1} 4}",
                  "{\"1\":true,\"[2,\\u0022x\\u0022]\":false,\"null\":3,\"[1,2]\":4}");
    is_wrong("{:value #{1 2 1.0}}", "a set without an element twice");
}

static void fields_that_nobody_knows_are_let_go(void **state) {
    becomes("{:node \"n1\", :exception #error {\n :cause \"x\"\n :via\n [{:type a.B\n   :data {1 "
            "#{2 2}}}]}\n"
            ":index 1 :time 2 :value 3 :my/index 4}",
            "{\"index\":1,\"time\":2,\"value\":3}");
    becomes("{:process :nemesis :index 1 :time 2 :f :start :value {[1] #{2 2}}}",
            "{\"process\":\"nemesis\",\"time\":2,\"f\":\"start\",\"index\":1,\"value\":null}");
}

static void what_is_wrong_is_told_with_its_line_and_column(void **state) {
    is_wrong("{:f :read", "1: found the end of the file; expected '}' for what line 1 begins");
    is_wrong("{:f :read\n\n{:f :read}", "3: at column 1 found \"{:f :read}\"; expected a keyword, "
                                        "such as :type, or '}' for what line 1 begins");
    is_wrong("{:value [1 2", "']'");
    is_wrong("{:f [1 2}", "at column 9 found \"}\"; expected a value");
    is_wrong("{:f (1\n2", "2: found the end of the file; expected ')' for what line 1 begins");
    is_wrong("{:f \"x}", "1: found the end of the file; expected '\"'");
    is_wrong("{:f \"x\ny", "2: found the end of the file; expected '\"' for what line 1 begins");
    is_wrong("{:f {\n:a 1\n", "expected '}' for what line 1 begins");
    is_wrong("{:f}", "a value");
    is_wrong("{f 1}", "at column 2 found \"f 1}\"; expected a keyword, such as :type");
    is_wrong("{:f #}", "at column 5 found \"#}\"; expected a set");
    is_wrong("{:f ##Nan}", "##NaN, ##Inf or ##-Inf");
    is_wrong("{:f \\}", "expected '}' for what line 1 begins");
    is_wrong("{:f \\ }", "expected a character");
    is_wrong("{:value #a}", "at column 11 found \"}\"; expected a value");
    is_wrong("#a", "found the end of the file; expected an operation");
    is_wrong("7", "at column 1 found \"7\"; expected an operation");
    char deep[400];
    memset(deep, '[', sizeof deep);
    memcpy(deep, "{:f ", 4);
    deep[sizeof deep - 1] = '\0';
    is_wrong(deep, "64 levels");
}

static void a_file_of_it_is_known_by_its_first_line(void **state) {
    static const char *const edn[] = {"{:index 0", " { :index", "[",    "({",
                                      "#a{",       "; x",       "{#_1", "{;"};
    static const char *const other[] = {"{\"index\":0}", "  {}", "",        " ", "{",
                                        "{ \"a\"",       "INFO", "\x1f\x8b"};
    for (size_t i = 0; i < sizeof edn / sizeof *edn; i++)
        assert_true(edn_is(edn[i], strlen(edn[i])));
    for (size_t i = 0; i < sizeof other / sizeof *other; i++)
        assert_false(edn_is(other[i], strlen(other[i])));
    assert_false(edn_is("\0\0", 2));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_operation_has_keywords_for_strings),
        cmocka_unit_test(what_is_missing_is_the_line_or_nil),
        cmocka_unit_test(an_operation_may_go_over_lines),
        cmocka_unit_test(all_of_it_may_be_a_vector_or_a_list),
        cmocka_unit_test(comments_and_discarded_values_are_spaces),
        cmocka_unit_test(independent_keys_are_taken_apart),
        cmocka_unit_test(words_are_strings),
        cmocka_unit_test(numbers_are_numbers),
        cmocka_unit_test(strings_have_their_escapes),
        cmocka_unit_test(sets_have_no_order_and_maps_any_key),
        cmocka_unit_test(fields_that_nobody_knows_are_let_go),
        cmocka_unit_test(what_is_wrong_is_told_with_its_line_and_column),
        cmocka_unit_test(a_file_of_it_is_known_by_its_first_line),
    };
    return cmocka_run_group_tests_name("check edn", tests, NULL, NULL);
}
