/* Story, trace, history, faults and verdict of a small world: one node that talks, one that
 * listens. */
#include "report_test.h"

#include "base/memory.h"
#include "base/value.h"
#include "report/faults.h"
#include "report/history.h"
#include "report/jsonl.h"
#include "report/series.h"
#include "report/story.h"
#include "report/summary.h"

/* ---- a model: every 10 ms it decides something, sends a message, and does an operation ---- */

enum { TIMER = 1, PERIOD_NS = 10000000 };
struct talker {
    sim_node other, self;
    int64_t count;
    bool has_users;
};

static void *talker_init(const struct sim_config *config, struct text *refusal) {
    (void)refusal;
    struct talker *talker = memory_take(config->memory, sizeof *talker);
    *talker =
        (struct talker){config->self == 0 ? 1 : 0, config->self, 0, config->knobs[0].number != 0};
    return talker;
}

static void operate(struct talker *talker, struct sim_out *out) {
    uint8_t buffer[16];
    struct writer value = writer_over(buffer, sizeof buffer);
    put_value_integer(&value, talker->count);
    const struct sim_bytes bytes = {value.data, value.size};
    sim_invoke(out, talker->count, "write", (struct sim_bytes){0}, bytes);
    sim_return(out, talker->count, talker->count % 10 ? SIM_DONE : SIM_FAILED, bytes,
               talker->count % 10 ? NULL : "refused");
    if (!talker->has_users) return;
    const int64_t operation = 1000000 + talker->count;
    sim_invoke_for(out, -3, operation, "read", (struct sim_bytes){0}, (struct sim_bytes){0});
    sim_return_version(out, operation, talker->count % 10 ? SIM_DONE : SIM_FAILED, bytes,
                       7 * talker->count, NULL);
}

static void talker_step(void *state, const struct sim_event *event, struct sim_out *out) {
    struct talker *talker = state;
    if (talker->self != 0) return;
    if (event->kind == SIM_TIMER) {
        talker->count++;
        sim_note(out, 0, talker->count);
        sim_fact(out, 0, talker->count);
        sim_send(out, (struct sim_message){.peer = talker->other, .modelled_bytes = 100});
        operate(talker, out);
    }
    if (event->kind == SIM_START || event->kind == SIM_TIMER) {
        sim_arm(out, TIMER, event->now.mono_ns + PERIOD_NS);
    }
}

static int64_t talker_probe(const void *state, size_t probe, const struct sim_clocks *now) {
    (void)probe, (void)now;
    const struct talker *talker = state;
    return talker->count > 0 ? talker->count : SIM_NONE;
}

static enum sim_judgement grows(struct sim_fold *fold, const struct sim_fact *fact) {
    int64_t *last = fold->state;
    if (fact->group == 150) {
        text_add(fold->why, "%lld is too much", (long long)fact->group);
        return SIM_BROKEN;
    }
    *last = fact->group;
    return SIM_HELD;
}

static const struct sim_law law = {.name = "Talk Is Cheap",
                                   .says = "it stays below 150",
                                   .source = "here",
                                   .reads = (const char *const[]){"said", NULL},
                                   .state_bytes = 8,
                                   .fold = grows};
static const struct sim_model talker_model = {
    .name = "talker",
    .summary = "talks",
    .init = talker_init,
    .step = talker_step,
    .probe = talker_probe,
    .knobs = (const struct sim_param[]){{.name = "has_users", .unit = SIM_BOOL}, {0}},
    .probes = (const struct sim_param[]){{.name = "count", .unit = SIM_COUNT}, {0}},
    .messages = (const struct sim_name[]){{"hello", NULL}, {0}},
    .notes = (const struct sim_name[]){{"spoke", "nothing was said {} times -> speaks"}, {0}},
    .facts = (const struct sim_name[]){{"said", "number {}"}, {0}},
    .channels = (const struct sim_channel[]){{"talk", false}, {0}},
};

/* ---- a fixture: the world, a folder, what is read back ---- */

struct fixture {
    struct world *world;
    struct folder *folder;
    struct text path;
};

static struct fixture build_with(bool with_law, bool with_users) {
    struct fixture f = {0};
    struct text error = {0};
    f.world = world_create(&(struct world_options){.seed = 3});
    static const char *const names[] = {"one \"1\"", "two"};
    for (int i = 0; i < 2; i++) {
        struct host_options host = host_options_default();
        host.name = names[i];
        const struct node_options node = {
            .name = names[i],
            .model = &talker_model,
            .host = world_add_host(f.world, &host),
            .knobs = &(struct knob_setting){"has_users", {.number = with_users}},
            .knob_count = 1};
        assert_int_equal(world_add_node(f.world, &node, &error), i);
    }
    if (with_law) world_add_law(f.world, &law);
    make_test_folder(&f.path);
    f.folder = folder_open(text_string(&f.path), &error);
    assert_non_null(f.folder);
    return f;
}

static struct fixture build(bool with_law) { return build_with(with_law, false); }

/* Publishes, and gives the file's content. */
static char *content_of(struct fixture *f, const char *name) {
    struct text error = {0};
    assert_true(folder_publish(f->folder, &error));
    return read_file(text_string(&f->path), name);
}

static void demolish(struct fixture *f) {
    world_destroy(f->world);
    folder_close(f->folder);
    text_free(&f->path);
}

static size_t occurrences(const char *text, const char *words) {
    size_t count = 0;
    for (const char *p = text; (p = strstr(p, words)); p += strlen(words)) count++;
    return count;
}

static void assert_has(const char *text, const char *words) {
    if (!strstr(text, words)) fail_msg("'%s' is not in:\n%.3000s", words, text);
}

static void cut_now(struct world *world, void *context) {
    (void)context;
    world_fault(world, &(struct fault){FAULT_CUT, 0, 1, 0, 0}, false);
    world_fault(world, &(struct fault){FAULT_CUT, 1, 0, 0, 0}, false);
}
static void heal_now(struct world *world, void *context) {
    (void)context;
    world_heal(world, FAULT_KINDS, SIM_NOBODY, SIM_NOBODY);
}

/* ---- the tests ---- */

static void the_story_tells_decisions_faults_and_failures_in_columns(void **state) {
    struct fixture f = build(false);
    struct story *story =
        story_open(f.world, folder_output(f.folder, "s", 1024), "talk, seed 3", "Talk");
    world_at(f.world, 15000000, cut_now, NULL);
    world_run(f.world, 110000000);
    story_close(story);
    char *text = content_of(&f, "s");
    assert_has(text, "# Orrery, the story of talk, seed 3\n# Talk\n#\n");
    assert_has(text, "\n    0.010000  one \"1\"  note     nothing was said 1 times -> speaks\n");
    assert_has(text, "\n    0.010000  one \"1\"  fact     said: number 1\n");
    assert_has(text, "\n    0.015000  one \"1\"  fault    cut one \"1\" -> two\n");
    assert_has(text, "\n    0.100000  one \"1\"  client   write of process 0 -> fail: refused\n");
    assert_null(strstr(text, "hello")); /* sends are not told */
    free(text);
    demolish(&f);
}

static void what_repeats_is_told_now_and_then_and_counted(void **state) {
    struct fixture f = build(false);
    struct story *story = story_open(f.world, folder_output(f.folder, "s", 1024), "talk", "");
    world_run(f.world, 10000000000); /* 1000 notes in 10 s */
    story_close(story);
    char *text = content_of(&f, "s");
    const size_t told = occurrences(text, "note     nothing was said");
    assert_in_range(told, 35, 45); /* 20 at once and 2 a second */
    /* Told, counted in passing, and counted at the end: together they are all. */
    int64_t hidden = 0;
    for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
        const char *count = strstr(line, "note") ? strstr(line, "(+") : NULL;
        if (count) hidden += atoll(count + 2);
        if (strstr(line, "more of: spoke")) hidden += atoll(strstr(line, "...") + 3);
    }
    assert_int_equal((int64_t)told + hidden, 1000);
    free(text);
    demolish(&f);
}

static void every_record_is_a_line_of_the_trace_with_its_cause_before_it(void **state) {
    struct fixture f = build(false);
    struct jsonl *trace = jsonl_open(f.world, folder_output(f.folder, "t", 1024), false);
    world_run(f.world, 100000000);
    char *text = content_of(&f, "t");
    assert_int_equal(occurrences(text, "\n"), world_records(f.world));
    assert_has(text, "\"node\":\"one \\\"1\\\"\",\"kind\":\"send\",\"peer\":\"two\",\"msg\":1,"
                     "\"type\":\"hello\",\"size\":100,\"note\":null");
    assert_has(text,
               "\"kind\":\"note\",\"peer\":null,\"msg\":null,\"type\":\"spoke\",\"size\":null,"
               "\"note\":\"nothing was said 1 times -> speaks\",\"values\":[1]}");
    long long expected = 1;
    for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"), expected++) {
        long long seq, cause;
        assert_int_equal(sscanf(line, "{\"seq\":%lld,\"cause\":%lld,", &seq, &cause), 2);
        assert_int_equal(seq, expected);
        assert_true(cause < seq);
    }
    free(text);
    jsonl_close(trace);
    demolish(&f);
}

static void the_history_pairs_invokes_with_their_outcomes(void **state) {
    struct fixture f = build(false);
    struct history_file *history = history_file_open(f.world, folder_output(f.folder, "h", 1024));
    world_run(f.world, 100000000);
    char *text = content_of(&f, "h");
    assert_has(text,
               "{\"index\":0,\"time\":10000000,\"process\":0,\"type\":\"invoke\",\"f\":\"write\","
               "\"value\":1}\n{\"index\":1,\"time\":10000000,\"process\":0,\"type\":\"ok\","
               "\"f\":\"write\",\"value\":1}\n");
    assert_has(text, "\"type\":\"fail\",\"f\":\"write\",\"value\":10,\"error\":\"refused\"}\n");
    free(text);
    history_file_close(history);
    demolish(&f);
}

static void the_history_and_the_trace_name_clients_and_versions(void **state) {
    struct fixture f = build_with(false, true);
    struct history_file *history = history_file_open(f.world, folder_output(f.folder, "h", 1024));
    struct jsonl *trace = jsonl_open(f.world, folder_output(f.folder, "t", 1024), false);
    world_run(f.world, 100000000);
    char *text = content_of(&f, "h"), *traced = read_file(text_string(&f.path), "t");
    assert_has(text, "\"process\":1,\"client\":\"one \\\"1\\\"/-3\",\"type\":\"invoke\","
                     "\"f\":\"read\",\"value\":null}\n");
    assert_has(text, "\"process\":1,\"client\":\"one \\\"1\\\"/-3\",\"type\":\"ok\","
                     "\"f\":\"read\",\"value\":2,\"version\":14}\n");
    assert_has(text, "\"type\":\"fail\",\"f\":\"read\",\"value\":10}\n"); /* it saw nothing */
    assert_has(text, "\"process\":0,\"type\":\"ok\",\"f\":\"write\",\"value\":2}\n");
    assert_has(traced, "\"process\":1,\"client\":-3}");
    assert_has(traced, "\"process\":1,\"latency_ns\":0,\"client\":-3,\"version\":14}");
    assert_has(traced, "\"process\":0,\"latency_ns\":0}");
    free(text);
    free(traced);
    history_file_close(history);
    jsonl_close(trace);
    demolish(&f);
}

static void a_cut_of_both_ways_is_one_span_from_its_start_to_its_end(void **state) {
    struct fixture f = build(false);
    world_at(f.world, 15000000, cut_now, NULL);
    world_at(f.world, 55000000, heal_now, NULL);
    world_run(f.world, 100000000);
    faults_write(f.world, folder_output(f.folder, "faults.jsonl", 1024));
    const struct mark marks[] = {{10, 20, "a \"quoted\" span"},
                                 {90000000, 900000000, "past the end"}};
    marks_write(f.world, marks, 2, folder_output(f.folder, "marks.dat", 1024));
    char *text = content_of(&f, "marks.dat");
    assert_string_equal(text,
                        "# from_s to_s kind label\n0.00000001 0.00000002 mark \"a  quoted  span\"\n"
                        "0.09 0.1 mark \"past the end\"\n"
                        "0.015 0.055 cut \"cut one  1  <-> two\"\n");
    free(text);
    char *faults = read_file(text_string(&f.path), "faults.jsonl");
    assert_int_equal(occurrences(faults, "\n"), 2);
    assert_has(faults,
               "{\"index\":0,\"t\":15000000,\"kind\":\"cut\",\"a\":\"one \\\"1\\\"\",\"b\":\"two\","
               "\"x\":0,\"y\":0,\"healed\":55000000,\"by\":\"scenario\",\"effective\":4,"
               "\"generated\":false,");
    free(faults);
    demolish(&f);
}

static void series_have_a_row_a_sample_and_a_gap_where_there_is_no_value(void **state) {
    struct fixture f = build(false);
    struct series *series = series_open(f.world, f.folder, 20000000);
    world_run(f.world, 100000000);
    char *text = content_of(&f, "one__1_.dat");
    assert_has(text, "# time[s] count[] ");
    assert_has(text, "\n0 ? ");
    assert_has(text, "\n0.02 1 "); /* before that instant's events */
    assert_has(text, "\n0.04 3 ");
    free(text);
    series_close(series);
    demolish(&f);
}

static struct run_report report_of(struct fixture *f, enum world_end end) {
    return (struct run_report){.scenario = "talk",
                               .path = "talk.lua",
                               .about = "",
                               .version = "0",
                               .world = f->world,
                               .end = end,
                               .command = "./orrery run talk.lua"};
}

static bool wanted(const void *context, const char *name) {
    (void)context;
    return strcmp(name, "Talk Is Cheap") == 0;
}

static void a_broken_law_fails_the_run_unless_that_was_the_point(void **state) {
    struct fixture f = build(true);
    const enum world_end end = world_run(f.world, 10000000000);
    assert_int_equal(end, WORLD_LAW_BROKEN);
    struct run_report report = report_of(&f, end);
    assert_int_equal(summary_judge(&report), EXIT_FAILED);
    assert_string_equal(text_string(&report.why), "Talk Is Cheap was broken: 150 is too much");
    report.law_is_wanted_broken = wanted;
    assert_int_equal(summary_judge(&report), EXIT_PASSED);
    text_free(&report.why);
    demolish(&f);
}

static void vacuous_runs_are_inconclusive_and_say_what_was_vacuous(void **state) {
    struct fixture f = build(false);
    struct run_report report = report_of(&f, world_run(f.world, 1000000));
    assert_int_equal(summary_judge(&report), EXIT_INCONCLUSIVE);
    assert_has(text_string(&report.why), "nothing was there to judge");

    const struct report_check check = {.name = "it is well", .kind = "expectation", .why = ""};
    report.checks = &check;
    report.check_count = 1;
    assert_int_equal(summary_judge(&report), EXIT_PASSED);

    world_fault(f.world, &(struct fault){FAULT_RESTART, 1, SIM_NOBODY, 0, 0}, false); /* it is up */
    assert_int_equal(summary_judge(&report), EXIT_INCONCLUSIVE);
    assert_has(text_string(&report.why), "the fault restart two at 1ms never had an effect");

    report.interrupted = true;
    assert_int_equal(summary_judge(&report), EXIT_INTERRUPTED);
    report.mistake = "talk.lua:3: no";
    assert_int_equal(summary_judge(&report), EXIT_WRONG_USE);
    text_free(&report.why);
    demolish(&f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_story_tells_decisions_faults_and_failures_in_columns),
        cmocka_unit_test(what_repeats_is_told_now_and_then_and_counted),
        cmocka_unit_test(every_record_is_a_line_of_the_trace_with_its_cause_before_it),
        cmocka_unit_test(the_history_pairs_invokes_with_their_outcomes),
        cmocka_unit_test(the_history_and_the_trace_name_clients_and_versions),
        cmocka_unit_test(a_cut_of_both_ways_is_one_span_from_its_start_to_its_end),
        cmocka_unit_test(series_have_a_row_a_sample_and_a_gap_where_there_is_no_value),
        cmocka_unit_test(a_broken_law_fails_the_run_unless_that_was_the_point),
        cmocka_unit_test(vacuous_runs_are_inconclusive_and_say_what_was_vacuous),
    };
    return cmocka_run_group_tests_name("sinks", tests, NULL, NULL);
}
