/* Synchronous replication: what a commit waits for, and whom (manual 27.2.8, 20.5.1, 20.6.2). */
#include "postgres_fixture.h"

static double mean_latency_us(int level, const char *names) {
    struct fixture f;
    fixture_begin(&f, 3);
    const sim_node primary = add_primary(
        &f, KNOBS(knob("synchronous_commit", level), words("synchronous_standby_names", names)));
    add_standby(&f, "s1", primary);
    run_to(&f, 1000);
    fixture_node(&f, "app", "client",
                 KNOBS(knob("target", primary), knob("clients", 4), knob("read", 0),
                       knob("update", 1000000), knob("think", 20 * MS)));
    run_to(&f, 6000);
    assert_int_equal(f.outcomes[SIM_FAILED] + f.outcomes[SIM_UNKNOWN], 0);
    assert_true(f.outcomes[SIM_DONE] > 500);
    assert_lawful(&f);
    assert_true(level == LEVEL_OFF_ || law(&f, "Acknowledged Where Promised").held > 500);
    const double mean = (double)f.latency_sum_ns / (double)f.outcomes[SIM_DONE] / 1000;
    fixture_end(&f);
    return mean;
}

static void each_level_costs_more_than_the_one_below(void **state) {
    const double off = mean_latency_us(LEVEL_OFF_, "s1"),
                 local = mean_latency_us(LEVEL_LOCAL_, "s1");
    const double written = mean_latency_us(LEVEL_REMOTE_WRITE_, "s1");
    const double on = mean_latency_us(LEVEL_ON_, "s1"),
                 applied = mean_latency_us(LEVEL_REMOTE_APPLY_, "s1");
    assert_true(off * 1.3 < local);
    assert_true(local * 1.3 < written);
    assert_true(written * 1.1 < on);
    assert_true(on < applied);
}

static void on_without_names_is_local(void **state) {
    const double on = mean_latency_us(LEVEL_ON_, ""), local = mean_latency_us(LEVEL_LOCAL_, "s1");
    assert_true(on < local * 1.05 && local < on * 1.05);
}

static void sync_states_are_those_of_the_manual(void **state) {
    struct fixture f;
    char text[64];
    fixture_begin(&f, 3);
    const sim_node primary =
        add_primary(&f, KNOBS(words("synchronous_standby_names", "FIRST 1 (a, b)")));
    add_standby(&f, "a", primary);
    add_standby(&f, "b", primary);
    add_standby(&f, "c", primary);
    add_users(&f, primary);
    run_to(&f, 1000);
    static const char *const expected[] = {"sync", "potential", "async"};
    for (size_t row = 0; row < 3; row++) {
        char name[64];
        cell(&f, primary, "pg_stat_replication", row, "application_name", name);
        cell(&f, primary, "pg_stat_replication", row, "sync_state", text);
        assert_string_equal(text, expected[name[0] - 'a']);
    }
    assert_lawful(&f);
    fixture_end(&f);
}

static void a_quorum_waits_for_any(void **state) {
    struct fixture f;
    char text[64];
    fixture_begin(&f, 3);
    const sim_node primary =
        add_primary(&f, KNOBS(words("synchronous_standby_names", "ANY 2 (a, b, c)")));
    const sim_node a = add_standby(&f, "a", primary);
    const sim_node b = add_standby(&f, "b", primary);
    add_standby(&f, "c", primary);
    const sim_node app = add_users(&f, primary);
    run_to(&f, 1000);
    cell(&f, primary, "pg_stat_replication", 0, "sync_state", text);
    assert_string_equal(text, "quorum");
    crash(&f, a);
    run_to(&f, 2000);
    const int64_t with_two = probe(&f, app, "done");
    assert_true(with_two > 1000);
    crash(&f, b); /* one of three is no quorum */
    run_to(&f, 2100);
    const int64_t stopped = probe(&f, app, "done");
    run_to(&f, 4000);
    assert_true(probe(&f, app, "done") < stopped + 100); /* reads that came before a write */
    assert_true(probe(&f, primary, "sync_waiters") > 0);
    restart(&f, a);
    run_to(&f, 10000);
    assert_true(probe(&f, app, "done") > stopped + 1000);
    assert_lawful(&f);
    fixture_end(&f);
}

/* The first of the list goes; the next takes its place once the primary has noticed. */
static void a_potential_standby_takes_over(void **state) {
    struct fixture f;
    fixture_begin(&f, 3);
    const sim_node primary = add_primary(&f, KNOBS(words("synchronous_standby_names", "a, b")));
    const sim_node a = add_standby(&f, "a", primary);
    add_standby(&f, "b", primary);
    const sim_node app = add_users(&f, primary);
    run_to(&f, 1000);
    const int64_t before = probe(&f, app, "done");
    fault(&f, FAULT_CRASH, a, SIM_NOBODY, 0);
    run_to(&f, 3000);
    assert_true(probe(&f, app, "done") > before + 800);
    assert_lawful(&f);
    fixture_end(&f);
}

static void waiting_commits_hold_their_rows(void **state) {
    struct fixture f;
    fixture_begin(&f, 3);
    const sim_node primary = add_primary(&f, KNOBS(words("synchronous_standby_names", "nobody")));
    const sim_node app = fixture_node(&f, "app", "client",
                                      KNOBS(knob("target", primary), knob("clients", 4),
                                            knob("keys", 1), knob("timeout", 60000 * MS)));
    run_to(&f, 2000);
    assert_true(noted(&f, primary, "waits_lock") >= 1);
    assert_int_equal(probe(&f, primary, "sync_waiters"),
                     1); /* one commit; the others want its row */
    assert_int_equal(cell(&f, app, "loops", 0, "key", NULL), 0);
    fixture_end(&f);
}

/* commit_delay gathers more commits into a flush. */
static void commit_delay_makes_fewer_flushes(void **state) {
    int64_t flushes[2];
    for (int i = 0; i < 2; i++) {
        struct fixture f;
        fixture_begin(&f, 3);
        const sim_node primary =
            add_primary(&f, KNOBS(knob("commit_delay", i * 2 * MS), knob("commit_siblings", 2)));
        fixture_node(&f, "app", "client",
                     KNOBS(knob("target", primary), knob("clients", 32), knob("rate", 3000000)));
        run_to(&f, 3000);
        flushes[i] = noted(&f, primary, "flush_begins") * 1000 / probe(&f, primary, "commits");
        fixture_end(&f);
    }
    assert_true(flushes[1] * 10 < flushes[0] * 9);
}

static void a_syntax_error_is_refused(void **state) {
    struct world *world = world_create(&(struct world_options){.seed = 1});
    struct host_options host = host_options_default();
    struct text error = {0};
    const struct node_options options = {
        .name = "primary",
        .model = model_find("postgres"),
        .host = world_add_host(world, &host),
        .knobs = KNOBS(words("synchronous_standby_names", "ANY (a")),
        .knob_count = 1};
    assert_int_equal(world_add_node(world, &options, &error), SIM_NOBODY);
    assert_non_null(strstr(text_string(&error), "synchronous_standby_names"));
    text_free(&error);
    world_destroy(world);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_level_costs_more_than_the_one_below),
        cmocka_unit_test(on_without_names_is_local),
        cmocka_unit_test(sync_states_are_those_of_the_manual),
        cmocka_unit_test(a_quorum_waits_for_any),
        cmocka_unit_test(a_potential_standby_takes_over),
        cmocka_unit_test(waiting_commits_hold_their_rows),
        cmocka_unit_test(commit_delay_makes_fewer_flushes),
        cmocka_unit_test(a_syntax_error_is_refused),
    };
    return cmocka_run_group_tests_name("models postgres sync", tests, NULL, NULL);
}
