/* What a history file may hold, and what is said of one that cannot be read. */
#include "check_test.h"

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

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_nemesis_says_what_it_likes),
        cmocka_unit_test(a_client_has_its_value_before_or_behind_its_process),
        cmocka_unit_test(fields_that_nobody_knows_are_let_go),
    };
    return cmocka_run_group_tests_name("check history file", tests, NULL, NULL);
}
