/* The workload client: closed and open loop, timeouts, failures, and how they are told. */
#include "postgres_fixture.h"

static void a_closed_loop_is_as_fast_as_its_think_time(void **state) {
    struct fixture f;
    fixture_begin(&f, 2);
    const sim_node primary = add_primary(&f, NULL);
    const sim_node app = fixture_node(&f, "app", "client",
                                      KNOBS(knob("target", primary), knob("clients", 10),
                                            knob("mix", MIX_C_), knob("think", 100 * MS)));
    run_to(&f, 10000);
    assert_in_range(probe(&f, app, "done"), 950,
                    1000); /* 10 users, 10 s, a little over 100 ms each */
    fixture_end(&f);
}

static void an_open_loop_arrives_at_its_rate(void **state) {
    struct fixture f;
    fixture_begin(&f, 2);
    const sim_node primary = add_primary(&f, NULL);
    const sim_node app = fixture_node(&f, "app", "client",
                                      KNOBS(knob("target", primary), knob("clients", 50),
                                            knob("mix", MIX_C_), knob("rate", 500000)));
    run_to(&f, 20000);
    assert_in_range(probe(&f, app, "done"), 9700, 10300); /* 500/s, 20 s; sigma is 100 */
    fixture_end(&f);
}

/* A stall of one second: a closed loop has one slow answer a user, an open loop has all that
 * arrived. No coordinated omission: the latencies count from the arrivals. */
static void a_stall_is_felt_by_all_that_arrive_in_it(void **state) {
    struct fixture f;
    fixture_begin(&f, 2);
    const sim_node primary = add_primary(&f, NULL);
    const sim_node app = fixture_node(&f, "app", "client",
                                      KNOBS(knob("target", primary), knob("clients", 4),
                                            knob("mix", MIX_C_), knob("rate", 500000)));
    run_to(&f, 2000);
    fault(&f, FAULT_PAUSE, primary, SIM_NOBODY, 0);
    run_to(&f, 2990);
    assert_true(probe(&f, app, "queued") > 400);
    f.latency_sum_ns = f.outcomes[SIM_DONE] = 0;
    run_to(&f, 3000);
    heal(&f);
    run_to(&f, 4000);
    const double mean_ms = (double)f.latency_sum_ns / (double)f.outcomes[SIM_DONE] / 1e6;
    assert_true(mean_ms > 200); /* half of what ended then had waited half a second */
    assert_true(f.latency_max_ns > 950 * MS);
    fixture_end(&f);
}

static void a_timeout_is_unknown_and_its_user_goes_on(void **state) {
    struct fixture f;
    fixture_begin(&f, 2);
    const sim_node primary = add_primary(&f, KNOBS(words("synchronous_standby_names", "nobody")));
    const sim_node app =
        fixture_node(&f, "app", "client",
                     KNOBS(knob("target", primary), knob("clients", 4), knob("mix", MIX_A_),
                           knob("timeout", 500 * MS), knob("keys", 1000)));
    run_to(&f, 5000);
    assert_true(probe(&f, app, "unknown") > 4);
    assert_true(probe(&f, app, "done") > 4); /* reads */
    assert_int_equal(f.outcomes[SIM_UNKNOWN], probe(&f, app, "unknown"));
    fixture_end(&f);
}

static void a_server_that_dies_makes_unknowns_and_is_found_again(void **state) {
    struct fixture f;
    fixture_begin(&f, 2);
    const sim_node primary = add_primary(&f, NULL);
    const sim_node app =
        fixture_node(&f, "app", "client",
                     KNOBS(knob("target", primary), knob("clients", 8), knob("mix", MIX_A_)));
    run_to(&f, 2000);
    fault(&f, FAULT_CRASH, primary, SIM_NOBODY, 0);
    run_to(&f, 2500);
    assert_int_equal(probe(&f, app, "connected"), 0);
    assert_in_range(probe(&f, app, "unknown"), 1, 8);
    const int64_t before = probe(&f, app, "done");
    restart(&f, primary);
    run_to(&f, 8000);
    assert_int_equal(probe(&f, app, "connected"), 1);
    assert_true(probe(&f, app, "done") > before + 1000);
    assert_lawful(&f);
    fixture_end(&f);
}

static void too_many_clients_are_refused_not_lost(void **state) {
    struct fixture f;
    fixture_begin(&f, 2);
    const sim_node primary =
        add_primary(&f, KNOBS(knob("max_connections", 4), knob("read_cost", 10 * MS)));
    const sim_node app =
        fixture_node(&f, "app", "client",
                     KNOBS(knob("target", primary), knob("clients", 16), knob("mix", MIX_C_)));
    run_to(&f, 2000);
    assert_true(probe(&f, app, "failed") > 0);
    assert_true(noted(&f, primary, "too_many_clients") > 0);
    assert_true(probe(&f, app, "done") > 50);
    fixture_end(&f);
}

struct counts {
    int64_t f[4];
    int64_t keys_seen;
};
static void count_mix(void *context, const struct record *r) {
    struct counts *c = context;
    static const char *const names[] = {"read", "write", "scan", "rmw"};
    for (int i = 0; r->kind == RECORD_INVOKE && i < 4; i++)
        c->f[i] += strcmp(r->text, names[i]) == 0;
}
static void the_mixes_are_ycsbs(void **state) {
    static const int64_t percent[][4] = {{50, 50, 0, 0}, {95, 5, 0, 0}, {100, 0, 0, 0},
                                         {95, 5, 0, 0},  {0, 5, 95, 0}, {50, 0, 0, 50}};
    for (int mix = MIX_A_; mix <= MIX_F_; mix++) {
        struct fixture f;
        struct counts c = {{0}, 0};
        struct trace_sink sink = {.record = count_mix, .context = &c};
        fixture_begin(&f, 2);
        world_add_sink(f.world, &sink);
        const sim_node primary = add_primary(&f, NULL);
        fixture_node(&f, "app", "client",
                     KNOBS(knob("target", primary), knob("clients", 8), knob("mix", mix)));
        run_to(&f, 5000);
        const int64_t all = c.f[0] + c.f[1] + c.f[2] + c.f[3];
        assert_true(all > 2000);
        for (int i = 0; i < 4; i++)
            assert_in_range(c.f[i] * 1000 / all + 100, percent[mix - 1][i] * 10 + 70,
                            percent[mix - 1][i] * 10 + 130);
        fixture_end(&f);
    }
}

static void wrong_settings_are_refused_by_name(void **state) {
    struct world *world = world_create(&(struct world_options){.seed = 1});
    struct host_options host = host_options_default();
    struct text error = {0};
    struct node_options options = {
        .name = "app", .model = model_find("client"), .host = world_add_host(world, &host)};
    assert_int_equal(world_add_node(world, &options, &error), SIM_NOBODY);
    assert_non_null(strstr(text_string(&error), "target"));
    text_clear(&error);
    options.knobs = KNOBS(knob("target", 0), knob("read", 900000));
    options.knob_count = 2;
    assert_int_equal(world_add_node(world, &options, &error), SIM_NOBODY);
    assert_non_null(strstr(text_string(&error), "1400000"));
    text_free(&error);
    world_destroy(world);
}

/* A host without power resets no connection: the client finds out by its timeouts, and asks the
 * other one, though a connection to it takes as long to be given up. */
static void a_silent_server_is_left_for_another(void **state) {
    struct fixture f;
    fixture_begin(&f, 5);
    const sim_node one = fixture_node(&f, "one", "postgres", NULL),
                   two = fixture_node(&f, "two", "postgres", NULL);
    const sim_node app = fixture_node(
        &f, "app", "client",
        KNOBS(knob("target", one), (struct knob_setting){"others", {.nodes = &two, .count = 1}},
              knob("clients", 4), knob("think", 5 * MS), knob("timeout", 500 * MS)));
    run_to(&f, 1000);
    assert_int_equal(noted(&f, app, "silent"), 0);
    cut(&f, app, one);
    run_to(&f, 3000);
    assert_int_equal(noted(&f, app, "silent"), 1);
    const int64_t done = probe(&f, app, "done");
    run_to(&f, 4000);
    assert_true(probe(&f, app, "done") > done + 100); /* by the other one */
    fixture_end(&f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_silent_server_is_left_for_another),
        cmocka_unit_test(a_closed_loop_is_as_fast_as_its_think_time),
        cmocka_unit_test(an_open_loop_arrives_at_its_rate),
        cmocka_unit_test(a_stall_is_felt_by_all_that_arrive_in_it),
        cmocka_unit_test(a_timeout_is_unknown_and_its_user_goes_on),
        cmocka_unit_test(a_server_that_dies_makes_unknowns_and_is_found_again),
        cmocka_unit_test(too_many_clients_are_refused_not_lost),
        cmocka_unit_test(the_mixes_are_ycsbs),
        cmocka_unit_test(wrong_settings_are_refused_by_name),
    };
    return cmocka_run_group_tests_name("models client", tests, NULL, NULL);
}
