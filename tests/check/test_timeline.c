/* The picture of an anomaly: which faults are shaded, from when to when, and what is written. */
#include "linear_test.h"

#include "check/timeline_draw.h"

/* ---- faults ---- */

static void nemesis(struct story *s, const char *f) {
    text_add(&s->lines,
             "{\"index\":%lld,\"time\":%lld,\"process\":\"nemesis\",\"type\":\"info\",\"f\":\"%s\","
             "\"value\":null}\n",
             (long long)s->events, (long long)s->events * 10, f);
    s->events++;
}

/* What the picture of these actions, one every 10 ns, would shade. */
static void choose(struct story *s, struct timeline *t, const char *const *actions, size_t count) {
    for (size_t i = 0; i < count; i++) nemesis(s, actions[i]);
    read_story(s);
    *t = (struct timeline){.history = &s->history, .moment_count = 2};
    t->moments[0] = (struct moment){1, 0};
    t->moments[1] = (struct moment){1000, 10000};
    timeline_choose_faults(t, NULL, 0);
}

static void expect_fault(const struct timeline *t, size_t number, const char *label, int64_t from,
                         int64_t to) {
    assert_true(number < t->fault_count);
    assert_string_equal(t->faults[number].label, label);
    assert_int_equal(t->faults[number].from_ns, from);
    assert_int_equal(t->faults[number].to_ns, to);
}

static void a_fault_lasts_until_the_action_that_ends_it(void **state) {
    static const char *const pairs[][2] = {
        {"start", "stop"},   {"start-partition", "stop-partition"},
        {"kill", "start"},   {"pause", "resume"},
        {"cut", "heal"},     {"crash", "restart"},
        {"hold", "release"}, {"partition-halves", "heal"},
    };
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        struct story s = {0};
        struct timeline t;
        const char *const actions[] = {pairs[i][0], "bump-clock", pairs[i][1], "bump-clock"};
        choose(&s, &t, actions, 4);
        assert_int_equal(t.fault_count, 3);
        expect_fault(&t, 0, pairs[i][0], 0, 20);
        expect_fault(&t, 1, "bump-clock", 10, 10);
        expect_fault(&t, 2, "bump-clock", 30, 30);
        end_story(&s);
    }
}

static void what_is_told_when_asked_and_when_done_lasts_from_the_first_to_the_last(void **state) {
    struct story s = {0};
    struct timeline t;
    static const char *const actions[] = {"kill",  "kill",   "start",  "start", "pause",
                                          "pause", "resume", "resume", "kill",  "kill"};
    choose(&s, &t, actions, 10);
    assert_int_equal(t.fault_count, 3);
    expect_fault(&t, 0, "kill", 0, 30);
    expect_fault(&t, 1, "pause", 40, 70);
    expect_fault(&t, 2, "kill", 80, INT64_MAX); /* nothing ends it */
    end_story(&s);
}

static void an_end_ends_its_own_alone_and_one_that_ends_nothing_is_none(void **state) {
    struct story s = {0};
    struct timeline t;
    static const char *const actions[] = {"start",   "resume", "stop-a", "start-a",
                                          "start-b", "kill",   "stop-a", "start"};
    choose(&s, &t, actions, 8);
    assert_int_equal(t.fault_count, 3);
    expect_fault(&t, 0, "start-a", 30, 60);
    expect_fault(&t, 1, "start-b", 40, INT64_MAX);
    expect_fault(&t, 2, "kill", 50, 70);
    end_story(&s);
}

static void of_many_faults_the_nearest_to_what_is_stuck_are_shown(void **state) {
    enum { FAULTS = 40 };
    struct story s = {0};
    struct timeline t;
    struct check_explanation e = {.stuck = 0};
    nemesis(&s, "cut"); /* for ever, so it is there then */
    for (int i = 0; i < FAULTS; i++) nemesis(&s, "bump-clock");
    reads(&s, 1, "1");
    for (int i = 0; i < FAULTS; i++) nemesis(&s, "bump-clock");
    choose(&s, &t, NULL, 0);
    t = (struct timeline){.history = &s.history, .moment_count = 2, .explanation = &e};
    t.moments[1].ns = 10000;
    timeline_choose_faults(&t, NULL, 0);
    assert_int_equal(t.fault_count, FAULTS_MAX);
    assert_int_equal(t.faults_left_out, 2 * FAULTS + 1 - FAULTS_MAX);
    expect_fault(&t, 0, "cut", 0, INT64_MAX);
    for (size_t i = 1; i < t.fault_count; i++) { /* the read begins as the FAULTS + 1st event */
        assert_true(t.faults[i].from_ns >= (FAULTS + 1 - FAULTS_MAX / 2) * 10);
        assert_true(t.faults[i].from_ns <= (FAULTS + 2 + FAULTS_MAX / 2) * 10);
    }
    end_story(&s);
}

/* ---- what is drawn ---- */

static void draw(struct story *s, const char *spec, const struct timeline_fault *faults,
                 size_t count, struct text *svg) {
    timeline_svg(&s->history, check_spec_named(spec), &s->result.anomalies[0], faults, count, svg);
}
static void has(const struct text *svg, const char *words) {
    if (!strstr(text_string(svg), words)) fail_msg("no %s in\n%s", words, text_string(svg));
}
static void has_not(const struct text *svg, const char *words) {
    if (strstr(text_string(svg), words)) fail_msg("%s in\n%s", words, text_string(svg));
}

static void the_picture_has_all_that_is_concerned(void **state) {
    struct story s = {0};
    text_add(&s.lines, "{\"time\":0,\"process\":\"nemesis\",\"type\":\"info\",\"f\":\"start-cut\","
                       "\"value\":null}\n");
    tell_example(&s);
    fails(&s, "register");
    struct text svg = {0};
    const struct timeline_fault fault = {0, 30, "a < b & \"c\""};
    draw(&s, "register", &fault, 1, &svg);
    static const char *const expected[] = {"process 1<",
                                           "process 4<",
                                           ">write 1<",
                                           ">read 1 ✗<",
                                           ">write 3 ?<",
                                           "start-cut<",
                                           "a &lt; b &amp; &quot;c&quot;",
                                           "class=\"number\">3<",
                                           "time [ns]"};
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) has(&svg, expected[i]);
    text_free(&svg);
    end_story(&s);
}

/* Where the shade of the only fault begins and ends. */
static void shade(const struct text *svg, double *from, double *to) {
    const char *rect = strstr(text_string(svg), "class=\"fault\"/>\n");
    assert_non_null(rect);
    while (strncmp(rect, "<rect", 5) != 0) rect--;
    double y, width;
    assert_int_equal(sscanf(rect, "<rect x=\"%lf\" y=\"%lf\" width=\"%lf\"", from, &y, &width), 3);
    *to = *from + width;
}

static bool is_near(double a, double b) { return a - b < 0.2 && b - a < 0.2; }

/* Nobody knows which of them came first, so all are within the shade. */
static void a_fault_has_all_events_of_its_first_and_last_moment(void **state) {
    struct story s = {0};
    text_add(
        &s.lines,
        "{\"index\":0,\"time\":0,\"process\":1,\"type\":\"invoke\",\"f\":\"write\",\"value\":1}\n"
        "{\"index\":1,\"time\":50,\"process\":1,\"type\":\"ok\",\"f\":\"write\",\"value\":1}\n"
        "{\"index\":2,\"time\":50,\"process\":2,\"type\":\"invoke\",\"f\":\"read\",\"value\":null}"
        "\n"
        "{\"index\":3,\"time\":90,\"process\":2,\"type\":\"ok\",\"f\":\"read\",\"value\":2}\n");
    fails(&s, "register");
    const double column = 860.0 / 4;
    const struct {
        int64_t from_ns, to_ns;
        double from, to; /* columns */
    } cases[] = {{50, 90, 1, 3}, {0, 50, 0, 2}, {50, 50, 1, 1}, {25, 70, 0.5, 2.5}, {90, 90, 3, 3}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct timeline_fault fault = {cases[i].from_ns, cases[i].to_ns, "cut"};
        struct text svg = {0};
        double from, to;
        draw(&s, "register", &fault, 1, &svg);
        shade(&svg, &from, &to);
        assert_true(is_near(from, TIMELINE_LEFT + cases[i].from * column));
        if (cases[i].from_ns < cases[i].to_ns)
            assert_true(is_near(to, TIMELINE_LEFT + cases[i].to * column));
        else
            assert_true(to - from < 4); /* a thin line */
        text_free(&svg);
    }
    end_story(&s);
}

static void numbers_begin_at_one_and_what_came_before_is_told(void **state) {
    struct story s = {0};
    struct text svg = {0};
    for (int i = 0; i < 1500; i++) {
        char value[8];
        snprintf(value, sizeof value, "%d", i);
        writes(&s, 1, value);
    }
    reads(&s, 2, "3");
    fails(&s, "register");
    draw(&s, "register", NULL, 0, &svg);
    has(&svg, "class=\"number\">12<");
    has_not(&svg, "class=\"number\">1500<");
    has(&svg, "; before 1 came 1488 more");
    has(&svg, ">write 3<");
    has_not(&svg, "not drawn");
    text_free(&svg);
    end_story(&s);
}

static void what_is_left_out_is_told(void **state) {
    enum { WRITERS = 30, CUTS = 15 };
    struct story s = {0};
    struct text svg = {0};
    struct timeline_fault cuts[CUTS];
    for (int i = 0; i < CUTS; i++) cuts[i] = (struct timeline_fault){0, 1000, "cut"};
    for (int i = 0; i < WRITERS; i++) asks(&s, 123456789 + i, "write", i ? "1" : "2");
    reads(&s, 1, "7");
    fails(&s, "register");
    draw(&s, "register", cuts, CUTS, &svg);
    has(&svg, "not drawn: 11 more operations, 3 more faults");
    has(&svg, ">123456800<"); /* without "process": there is no room */
    text_free(&svg);
    end_story(&s);
}

/* As far as times go, from -292 years to 292. */
static void of_centuries_the_nearest_faults_are_shown_and_the_time_in_seconds(void **state) {
    struct story s = {0};
    struct text svg = {0};
    struct timeline_fault cuts[FAULTS_MAX + 1];
    for (int i = 0; i < FAULTS_MAX; i++)
        cuts[i] = (struct timeline_fault){INT64_MIN, INT64_MIN, "near"};
    cuts[FAULTS_MAX] = (struct timeline_fault){INT64_MAX, INT64_MAX, "far"};
    static const char line[] =
        "{\"index\":0,\"time\":%lld,\"process\":%d,\"type\":\"%s\",\"f\":\"%s\","
        "\"value\":%s}\n";
    text_add(&s.lines, line, (long long)INT64_MIN, 1, "invoke", "write", "1");
    text_add(&s.lines, line, (long long)INT64_MIN, 2, "invoke", "read", "null");
    text_add(&s.lines, line, (long long)INT64_MIN, 2, "ok", "read", "7");
    text_add(&s.lines, line, (long long)INT64_MAX, 1, "ok", "write", "1");
    fails(&s, "register");
    draw(&s, "register", cuts, FAULTS_MAX + 1, &svg);
    has(&svg, ">near<");
    has_not(&svg, ">far<");
    has(&svg, "time [s], events evenly spaced");
    text_free(&svg);
    end_story(&s);
}

static void what_is_long_is_cut_to_its_room(void **state) {
    enum { SIZE = 400 };
    struct story s = {0};
    struct text svg = {0};
    char key[SIZE + 3], letters[SIZE / 4 + 1];
    memset(key, 'k', sizeof key);
    key[0] = key[SIZE + 1] = '"';
    key[SIZE + 2] = '\0';
    memset(letters, 'k', sizeof letters);
    letters[SIZE / 4] = '\0';
    tell(&s, 1, "invoke", "read", key, "null", "");
    tell(&s, 1, "ok", "read", key, "\"a value of some length\"", "");
    fails(&s, "register");
    draw(&s, "register", NULL, 0, &svg);
    has(&svg, "register: not-linearizable, key ");
    has_not(&svg, letters);
    has(&svg, ">read &quot;a value of some length&quot; ✗<"); /* it has the picture's right half */
    text_free(&svg);
    end_story(&s);
}

/* A line of W is as wide as two of i. */
static void of_wide_letters_fewer_have_room(void **state) {
    enum { SIZE = 36, WRITERS = 4, WIDTH = 12, PICTURE = 1008 };
    static const char letters[] = "WmM@";
    for (const char *letter = letters; *letter; letter++) {
        struct story s = {0};
        struct text svg = {0};
        char value[SIZE + 3];
        memset(value, *letter, sizeof value);
        value[0] = value[SIZE + 1] = '"';
        value[SIZE + 2] = '\0';
        for (int i = 0; i < WRITERS; i++) {
            value[1] = (char)('0' + i);
            asks(&s, i, "write", value);
        }
        reads(&s, WRITERS, "7");
        fails(&s, "register");
        draw(&s, "register", NULL, 0, &svg);
        for (const char *line = text_string(&svg), *end; (end = strchr(line, '\n'));
             line = end + 1) {
            int there = 0;
            for (const char *c = line; c < end; c++) there += *c == *letter;
            assert_true(there * WIDTH < PICTURE);
        }
        text_free(&svg);
        end_story(&s);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_fault_lasts_until_the_action_that_ends_it),
        cmocka_unit_test(what_is_told_when_asked_and_when_done_lasts_from_the_first_to_the_last),
        cmocka_unit_test(an_end_ends_its_own_alone_and_one_that_ends_nothing_is_none),
        cmocka_unit_test(of_many_faults_the_nearest_to_what_is_stuck_are_shown),
        cmocka_unit_test(the_picture_has_all_that_is_concerned),
        cmocka_unit_test(a_fault_has_all_events_of_its_first_and_last_moment),
        cmocka_unit_test(numbers_begin_at_one_and_what_came_before_is_told),
        cmocka_unit_test(what_is_left_out_is_told),
        cmocka_unit_test(of_centuries_the_nearest_faults_are_shown_and_the_time_in_seconds),
        cmocka_unit_test(what_is_long_is_cut_to_its_room),
        cmocka_unit_test(of_wide_letters_fewer_have_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
