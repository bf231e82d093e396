/* What a history file may hold, and what is said of one that cannot be read. */
#include "check_test.h"

#include "check/lines.h"

/* Reads the lines of the story as they stand. */
static void reads(struct story *s, size_t operations, size_t nemesis) {
    read_story(s);
    if (s->read != HISTORY_READ) fail_msg("%s", text_string(&s->error));
    assert_int_equal(s->history.count, operations);
    assert_int_equal(s->history.nemesis_count, nemesis);
    end_story(s);
}
static void is_refused(struct story *s, const char *expected) {
    read_story(s);
    assert_int_equal(s->read, HISTORY_MALFORMED);
    if (!strstr(text_string(&s->error), expected)) fail_msg("%s", text_string(&s->error));
    end_story(s);
}

/* A map of so many nodes. */
static void add_cluster(struct text *t, int nodes) {
    text_add(t, "{");
    for (int i = 0; i < nodes; i++) text_add(t, "%s\"n%d\":[%d]", i ? "," : "", i, i);
    text_add(t, "}");
}

static void a_nemesis_says_what_it_likes(void **state) {
    struct story s = {.events = 0};
    text_add(&s.lines, "{\"index\":0,\"time\":1,\"process\":\"nemesis\",\"type\":\"info\",\"f\":"
                       "\"cut\",\"value\":");
    add_cluster(&s.lines, 1000);
    text_add(&s.lines, "}\n{\"value\":");
    add_cluster(&s.lines, 1000);
    text_add(&s.lines,
             ",\"f\":\"heal\",\"time\":2,\"type\":\"info\",\"process\":\"nemesis\",\"error\":");
    add_cluster(&s.lines, 1000);
    text_add(&s.lines, "}\n");
    reads(&s, 0, 2);
}

static void a_client_has_its_value_before_or_behind_its_process(void **state) {
    struct story s = {.events = 0};
    text_add(&s.lines, "{\"index\":0,\"time\":1,\"value\":{\"b\":1,\"a\":2.0},\"process\":1,"
                       "\"type\":\"invoke\",\"f\":\"write\"}\n"
                       "{\"index\":1,\"time\":2,\"process\":1,\"type\":\"ok\",\"f\":\"write\","
                       "\"value\":{\"a\":2,\"b\":1}}\n");
    read_story(&s);
    assert_int_equal(s.history.count, 1);
    assert_int_equal(s.history.operations[0].asked, s.history.operations[0].told);
    end_story(&s);

    text_add(&s.lines, "{\"index\":0,\"time\":1,\"value\":");
    add_cluster(&s.lines, 257);
    text_add(&s.lines, ",\"process\":1,\"type\":\"invoke\",\"f\":\"write\"}\n");
    is_refused(&s, "h:1: at column ");

    text_add(&s.lines, "{\"index\":0,\"time\":1,\"value\":1,\"process\":1,\"value\":1,\"type\":"
                       "\"invoke\",\"f\":\"write\"}\n");
    is_refused(&s, "h:1: found \"value\" twice; expected it once");
    text_add(&s.lines, "{\"index\":0,\"time\":1,\"value\":1,\"value\":1,\"process\":1,\"type\":"
                       "\"invoke\",\"f\":\"write\"}\n");
    is_refused(&s, "h:1: found \"value\" twice; expected it once");
}

static void fields_that_nobody_knows_are_let_go(void **state) {
    struct story s = {.events = 0};
    text_add(&s.lines, "{\"index\":0,\"time\":1,\"process\":1,\"type\":\"invoke\",\"f\":\"read\","
                       "\"value\":null,\"trace\":");
    add_cluster(&s.lines, 1000);
    text_add(&s.lines, "}\n");
    reads(&s, 1, 0);
    text_add(&s.lines, "{\"index\":0,\"time\":1,\"process\":1,\"type\":\"invoke\",\"f\":\"read\","
                       "\"value\":null,\"trace\":[1,]}");
    is_refused(&s, "found \"]}\"; expected a value");
}

static void a_line_has_sixteen_megabytes_and_not_a_byte_more(void **state) {
    for (size_t more = 0; more < 2; more++) {
        struct story s = {0};
        asks(&s, 1, "read", "null");
        const size_t begin = s.lines.size;
        asks(&s, 2, "read", "null");
        s.lines.size--; /* its end */
        while (s.lines.size < begin + LINE_BYTES_MAX + more) text_add_char(&s.lines, ' ');
        text_add_char(&s.lines, '\n');
        if (more)
            is_refused(&s, "h:2: found a line of more than 16777216 bytes");
        else
            reads(&s, 2, 0);
    }
}

/* A pretty-printed history with all that Jepsen leaves in one. */
static const char jepsen[] =
    "; store/etcd/latest/history.edn\r\n"
    "[{:type :invoke, :f :read, :value [:x nil], :process 0, :time 20, :index 0}\r\n"
    " {:type :info,\r\n  :f :start,\r\n  :value {\"n1\" #{\"n2\"}, [1] \\{},\r\n  :process "
    ":nemesis,\r\n  :time 25}\r\n"
    " #_{:type :ok, :f :read, :value [:x 1], :process 0}\n"
    " {:type :invoke, :f :cas, :value [:x [1 2]], :process 1, :time 26, :node \"n1\"}\n"
    " {:type :info, :f :cas, :value [:x [1 2]], :process 1, :error [:timeout \"a\n b\"],\n"
    "  :exception #error {\n :cause \"timed out\"\n :via\n [{:type a.B :at [a.B$c \"d\" 1]}]}}\n"
    " {:type :fail, :f :read, :value [:x nil], :process 0, :time 30}\n"
    " #jepsen.history.Op{:index 5, :time 39, :type :info, :process :nemesis, :f :stop, :value "
    "##NaN}\n"
    "]\n";

static void a_history_of_jepsen_is_read_as_it_is(void **state) {
    struct story s = {.events = 0};
    text_add(&s.lines, "%s", jepsen);
    read_story(&s);
    if (s.read != HISTORY_READ) fail_msg("%s", text_string(&s.error));
    const struct history *h = &s.history;
    assert_int_equal(h->count, 2);
    assert_int_equal(h->nemesis_count, 2);
    assert_int_equal(h->operations[0].invoked_line, 2);
    assert_int_equal(h->operations[0].ended_line, 16);
    assert_int_equal(h->operations[0].end, OPERATION_FAIL);
    assert_int_equal(h->operations[1].invoked_line, 9);
    assert_int_equal(h->operations[1].ended_line, 10);
    assert_string_equal(names_string(&h->keys, h->operations[1].key), "\"x\"");
    assert_string_equal(names_string(&h->values, h->operations[1].asked), "[1,2]");
    assert_string_equal(names_string(&h->errors, h->operations[1].error),
                        "[\"timeout\",\"a\\u000a b\"]");
    end_story(&s);
}

/* Each beginning of it ends within an operation, or within the vector. */
static void a_history_of_jepsen_that_was_cut_is_told(void **state) {
    for (size_t size = 34; size < sizeof jepsen - 3; size++) {
        struct story s = {.events = 0};
        text_add_bytes(&s.lines, jepsen, size);
        is_refused(&s, "; expected ");
    }
}

static void time_never_goes_back(void **state) {
    struct story s = {.events = 0};
    text_add(&s.lines, "{:type :invoke, :f :read, :process 0, :time 20}\n"
                       "{:type :ok, :f :read, :process 0}\n"
                       "{:type :invoke, :f :read, :process 0, :time 20}");
    read_story(&s);
    assert_int_equal(s.read, HISTORY_READ);
    assert_int_equal(s.history.operations[0].ended_ns, 20); /* what has none is not before */
    end_story(&s);
    text_add(&s.lines, "{:type :invoke, :f :read, :process 0, :time 20}\n"
                       "{:type :ok, :f :read, :process 0, :time 10}\n");
    is_refused(&s, "h:2: found time 10 after time 20 in line 1; expected times that never go back "
                   "(without :time, the order is that of the lines)");
    text_add(
        &s.lines,
        "{\"index\":0,\"time\":20,\"process\":0,\"type\":\"invoke\",\"f\":\"read\",\"value\":null}"
        "\n"
        "{\"index\":1,\"time\":10,\"process\":0,\"type\":\"ok\",\"f\":\"read\",\"value\":1}\n");
    is_refused(&s, "h:2: found time 10 after time 20 in line 1; expected times that never go back");
}

static void sets_are_one_in_any_order(void **state) {
    struct story s = {.events = 0};
    text_add(&s.lines, "{:type :invoke, :f :write, :process 0, :value #{1 :b {:x 1 :y #{1 2}}}}\n"
                       "{:type :ok, :f :write, :process 0, :value #{{:y #{2 1} :x 1.0} 1 :b}}\n");
    read_story(&s);
    assert_int_equal(s.read, HISTORY_READ);
    assert_int_equal(s.history.operations[0].asked, s.history.operations[0].told);
    end_story(&s);
}

static void an_operation_has_a_bound(void **state) {
    struct story s = {.events = 0};
    text_add(&s.lines, "{:type :invoke, :process 0, :f :write, :value [\n");
    for (int i = 0; i < 17 * 1024; i++) {
        for (int k = 0; k < 1024; k++) text_add_char(&s.lines, k % 2 ? '1' : ' ');
        text_add(&s.lines, "\n");
    }
    is_refused(&s, "expected an operation of at most 16 MB");
    text_add(&s.lines, "{:process :nemesis, :type :info, :f :start, :value [\n");
    for (int i = 0; i < 17 * 1024; i++) {
        for (int k = 0; k < 1024; k++) text_add_char(&s.lines, k % 2 ? '1' : ' ');
        text_add(&s.lines, "\n");
    }
    text_add(&s.lines, "]}");
    reads(&s, 0, 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_nemesis_says_what_it_likes),
        cmocka_unit_test(a_client_has_its_value_before_or_behind_its_process),
        cmocka_unit_test(fields_that_nobody_knows_are_let_go),
        cmocka_unit_test(a_line_has_sixteen_megabytes_and_not_a_byte_more),
        cmocka_unit_test(a_history_of_jepsen_is_read_as_it_is),
        cmocka_unit_test(a_history_of_jepsen_that_was_cut_is_told),
        cmocka_unit_test(time_never_goes_back),
        cmocka_unit_test(sets_are_one_in_any_order),
        cmocka_unit_test(an_operation_has_a_bound),
    };
    return cmocka_run_group_tests_name("check history file", tests, NULL, NULL);
}
