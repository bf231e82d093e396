/* The failover manager: who leads, who takes over, and that a leader without a lease steps down. */
#include "base/random.h"
#include "managed_fixture.h"

enum { SERVERS = 3, TTL_MS = 30000, LOOP_MS = 10000 };
struct cluster {
    struct fixture f;
    sim_node witness, server[SERVERS], agent[SERVERS];
};
struct setup {
    const char *bug, *witness_bug;
    int64_t behind[SERVERS]; /* bytes, of a standby */
    int64_t start_timeout_ms;
    bool go_on;
};

static sim_node add(struct cluster *c, sim_host host, const char *name,
                    const struct sim_model *model, const struct knob_setting *knobs,
                    const char *bug) {
    struct text error = {0};
    size_t count = 0;
    while (knobs && knobs[count].name) count++;
    const char *const bugs[] = {bug, NULL};
    const struct node_options options = {.name = name,
                                         .model = model,
                                         .host = host,
                                         .knobs = knobs,
                                         .knob_count = count,
                                         .bugs = bugs};
    const sim_node node = world_add_node(c->f.world, &options, &error);
    if (node == SIM_NOBODY) fail_msg("%s", text_string(&error));
    text_free(&error);
    return node;
}

/* A witness on a host of its own, three servers with their agents beside them. */
static void begin_with(struct cluster *c, uint64_t seed, struct setup setup) {
    static const char *const servers[] = {"pg1", "pg2", "pg3"};
    static const char *const agents[] = {"agent1", "agent2", "agent3"};
    fixture_begin(&c->f, seed);
    c->witness = fixture_node_with(&c->f, "witness", "witness", NULL, setup.witness_bug);
    for (int i = 0; i < SERVERS; i++) {
        struct host_options host = host_options_default();
        host.name = servers[i];
        const sim_host h = world_add_host(c->f.world, &host);
        c->server[i] =
            add(c, h, servers[i], &managed_model, KNOBS(knob("behind", setup.behind[i])), NULL);
        const int64_t start = setup.start_timeout_ms < 0 ? 0
                              : setup.start_timeout_ms   ? setup.start_timeout_ms
                                                         : 300000;
        c->agent[i] =
            add(c, h, agents[i], model_find("patroni"),
                KNOBS(knob("server", c->server[i]), knob("witness", c->witness),
                      knob("initial_primary", i == 0), knob("primary_start_timeout", start * MS)),
                setup.bug);
    }
}
static void begin(struct cluster *c, uint64_t seed) { begin_with(c, seed, (struct setup){0}); }

static int primaries(struct cluster *c) {
    int count = 0;
    for (int i = 0; i < SERVERS; i++) count += probe(&c->f, c->server[i], "primary") == 1;
    return count;
}
static bool is_primary(struct cluster *c, int i) {
    return probe(&c->f, c->server[i], "primary") == 1;
}
static int64_t now_ms(struct cluster *c) { return world_now(c->f.world) / MS; }

/* Runs until one of the others is a primary, in steps of 10 ms, and says when that was; never may
 * two be unless `two` is said to be fine. */
static int64_t run_until_primary(struct cluster *c, int not_this, int64_t until_ms, bool two) {
    while (now_ms(c) < until_ms) {
        run_to(&c->f, now_ms(c) + 10);
        if (!two && primaries(c) > 1) fail_msg("two primaries at %lld ms", (long long)now_ms(c));
        for (int i = 0; i < SERVERS; i++)
            if (i != not_this && is_primary(c, i)) return now_ms(c);
    }
    fail_msg("no other primary by %lld ms", (long long)until_ms);
    return 0;
}
static void host_crash(struct cluster *c, int i) { crash(&c->f, c->server[i]); }
static void host_restart(struct cluster *c, int i) {
    restart(&c->f, c->server[i]);
    restart(&c->f, c->agent[i]);
}
static void cut_agent(struct cluster *c, int i) { cut(&c->f, c->agent[i], c->witness); }

static void the_initial_primary_leads_and_the_others_follow_it(void **state) {
    struct cluster c;
    char role[64], standing[64];
    begin(&c, 1);
    run_to(&c.f, 30000);
    assert_true(is_primary(&c, 0));
    assert_int_equal(primaries(&c), 1);
    assert_int_equal(probe(&c.f, c.server[1], "upstream"), c.server[0]);
    assert_int_equal(probe(&c.f, c.server[2], "upstream"), c.server[0]);
    assert_int_equal(probe(&c.f, c.witness, "leader"), c.server[0]);
    assert_int_equal(probe(&c.f, c.agent[0], "is_leader"), 1);
    for (size_t row = 0; row < SERVERS; row++) {
        const bool leads = cell(&c.f, c.witness, "cluster", row, "member", NULL) == c.server[0];
        cell(&c.f, c.witness, "cluster", row, "role", role);
        cell(&c.f, c.witness, "cluster", row, "state", standing);
        assert_string_equal(role, leads ? "Leader" : "Replica");
        assert_string_equal(standing, leads ? "running" : "streaming");
    }
    assert_lawful(&c.f);
    fixture_end(&c.f);
}

/* Patroni: the leader key expires ttl after the last renewal; those who watch it race at once. */
static void a_leader_whose_host_dies_is_replaced_within_its_ttl(void **state) {
    struct cluster c;
    begin(&c, 2);
    run_to(&c.f, 45000);
    host_crash(&c, 0);
    const int64_t at = run_until_primary(&c, 0, 120000, false) - 45000;
    assert_in_range(at, TTL_MS - LOOP_MS, TTL_MS + 4000); /* API 2 s, promotion 0.2 s */
    run_to(&c.f, 120000);
    assert_int_equal(primaries(&c), 1);
    assert_true(law(&c.f, "One Leader Per Term").held > 0);
    assert_true(law(&c.f, "No Primary Without A Lease").held > 0);
    assert_lawful(&c.f);
    fixture_end(&c.f);
}

static void the_healthiest_takes_over(void **state) {
    for (int best = 1; best < SERVERS; best++)
        for (uint64_t seed = 1; seed <= 5; seed++) {
            struct cluster c;
            struct setup setup = {.behind = {0, 5000, 5000}};
            setup.behind[best] = 0;
            begin_with(&c, seed, setup);
            run_to(&c.f, 60000);
            host_crash(&c, 0);
            run_until_primary(&c, 0, 120000, false);
            assert_true(is_primary(&c, best));
            fixture_end(&c.f);
        }
}

static void one_too_far_behind_does_not_take_over(void **state) {
    struct cluster c;
    begin_with(&c, 1, (struct setup){.behind = {0, 3000000, 3000000}});
    run_to(&c.f, 400000); /* 10 kB a second: the primary is 4 MB ahead, the limit is 1 MiB */
    host_crash(&c, 0);
    run_to(&c.f, 500000);
    assert_int_equal(primaries(&c), 0);
    assert_true(noted(&c.f, c.agent[1], "lagging") > 0);
    host_restart(&c, 0); /* the old leader has it all */
    run_to(&c.f, 540000);
    assert_true(is_primary(&c, 0));
    fixture_end(&c.f);
}

static void a_leader_cut_off_from_the_witness_steps_down_before_another_leads(void **state) {
    for (uint64_t seed = 1; seed <= 10; seed++) {
        struct cluster c;
        begin(&c, seed);
        run_to(&c.f, 40000 + (int64_t)seed * 1000);
        const int64_t cut_at = now_ms(&c);
        cut_agent(&c, 0);
        run_until_primary(&c, 0, cut_at + TTL_MS + 5000, false);
        assert_false(is_primary(&c, 0));
        assert_int_equal(noted(&c.f, c.agent[0], "demote_dcs"), 1);
        heal(&c.f);
        run_to(&c.f, cut_at + 120000);
        assert_int_equal(primaries(&c), 1);
        assert_lawful(&c.f);
        fixture_end(&c.f);
    }
}

/* The danger that Patroni's watchdog is for: whoever sleeps cannot step down. No law is broken, as
 * no agent did wrong; and the one that slept stops its server as soon as it wakes. */
static void an_agent_that_is_paused_past_its_ttl_leaves_two_primaries(void **state) {
    struct cluster c;
    begin(&c, 3);
    run_to(&c.f, 45000);
    fault(&c.f, FAULT_PAUSE, c.agent[0], SIM_NOBODY, 0);
    run_until_primary(&c, 0, 120000, true);
    assert_int_equal(primaries(&c), 2);
    heal(&c.f);
    run_to(&c.f, now_ms(&c) + 1000);
    assert_int_equal(primaries(&c), 1);
    assert_false(is_primary(&c, 0));
    run_to(&c.f, now_ms(&c) + 60000);
    assert_int_equal(primaries(&c), 1);
    assert_lawful(&c.f);
    fixture_end(&c.f);
}

/* Its lease is over by its own clock: it need not ask a witness, which it cannot reach anyway. */
static void an_agent_that_wakes_up_late_stops_its_server_without_asking(void **state) {
    struct cluster c;
    begin(&c, 3);
    run_to(&c.f, 45000);
    fault(&c.f, FAULT_PAUSE, c.agent[0], SIM_NOBODY, 0);
    cut_agent(&c, 0);
    run_until_primary(&c, 0, 120000, true);
    world_heal(c.f.world, FAULT_PAUSE, c.agent[0], SIM_NOBODY);
    run_to(&c.f, now_ms(&c) + 500);
    assert_false(is_primary(&c, 0));
    assert_int_equal(noted(&c.f, c.agent[0], "demote_ran_out"), 1);
    fixture_end(&c.f);
}

/* Two equals race. One's request is held up until the other has the key: compare and set. */
static void whoever_comes_second_in_a_race_does_not_get_the_key(void **state) {
    struct cluster c;
    char phase[64] = "";
    begin(&c, 11);
    run_to(&c.f, 45000);
    host_crash(&c, 0);
    run_to(&c.f, 60000);
    while (strcmp(phase, "race") != 0) {
        world_run(c.f.world, world_now(c.f.world) + 20000);
        cell(&c.f, c.agent[1], "agent", 0, "phase", phase);
        if (now_ms(&c) > 120000) fail_msg("no race");
    }
    cut_agent(&c, 1);
    run_to(&c.f, now_ms(&c) + 100);
    heal(&c.f);
    run_to(&c.f, now_ms(&c) + 5000);
    assert_int_equal(noted(&c.f, c.agent[1], "race_lost"), 1);
    assert_int_equal(probe(&c.f, c.witness, "term"), 2);
    assert_true(is_primary(&c, 2));
    assert_int_equal(primaries(&c), 1);
    fixture_end(&c.f);
}

static void an_old_leader_is_rewound_and_follows_the_new_one(void **state) {
    struct cluster c;
    begin_with(&c, 4, (struct setup){.behind = {0, 2000, 2000}});
    run_to(&c.f, 45000);
    host_crash(&c, 0);
    run_until_primary(&c, 0, 120000, false);
    const int leader = is_primary(&c, 1) ? 1 : 2;
    host_restart(&c, 0);
    run_to(&c.f, now_ms(&c) + 60000);
    assert_int_equal(primaries(&c), 1);
    assert_int_equal(probe(&c.f, c.server[0], "rewinds"), 1);
    assert_int_equal(probe(&c.f, c.server[0], "upstream"), c.server[leader]);
    assert_int_equal(probe(&c.f, c.server[0], "timeline"),
                     probe(&c.f, c.server[leader], "timeline"));
    assert_int_equal(probe(&c.f, c.server[3 - leader], "upstream"), c.server[leader]);
    fixture_end(&c.f);
}

/* retry_timeout is 10 s: shorter troubles of the store do not demote a leader. */
static void a_witness_that_is_back_soon_changes_nothing(void **state) {
    struct cluster c;
    begin(&c, 5);
    run_to(&c.f, 45000);
    crash(&c.f, c.witness);
    run_to(&c.f, 48000);
    restart(&c.f, c.witness);
    run_to(&c.f, 120000);
    assert_true(is_primary(&c, 0));
    assert_int_equal(probe(&c.f, c.server[0], "timeline"), 1);
    assert_int_equal(probe(&c.f, c.witness, "term"), 1);
    assert_int_equal(noted(&c.f, c.witness, "recovered"), 1);
    fixture_end(&c.f);
}

static void without_a_witness_nobody_leads_and_with_it_the_old_leader_does_again(void **state) {
    struct cluster c;
    begin(&c, 6);
    run_to(&c.f, 45000);
    crash(&c.f, c.witness);
    run_to(&c.f, 70000);
    assert_int_equal(primaries(&c), 0);
    restart(&c.f, c.witness);
    run_to(&c.f, 150000);
    assert_true(is_primary(&c, 0)); /* its key is on disk, and counts from its full ttl */
    assert_int_equal(probe(&c.f, c.witness, "term"), 1);
    assert_lawful(&c.f);
    fixture_end(&c.f);
}

static void a_server_that_crashes_is_started_in_the_role_of_its_lease(void **state) {
    struct cluster c;
    begin(&c, 7);
    run_to(&c.f, 45000);
    fault(&c.f, FAULT_CRASH, c.server[0], SIM_NOBODY, 0);
    fault(&c.f, FAULT_CRASH, c.server[1], SIM_NOBODY, 0);
    run_to(&c.f, 46000);
    restart(&c.f, c.server[0]);
    restart(&c.f, c.server[1]);
    run_to(&c.f, 60000);
    assert_true(is_primary(&c, 0));
    assert_int_equal(probe(&c.f, c.server[0], "timeline"), 1);
    assert_int_equal(probe(&c.f, c.server[1], "upstream"), c.server[0]);
    assert_true(noted(&c.f, c.agent[0], "starting_primary") > 0);
    fixture_end(&c.f);
}

/* Patroni, "primary_start_timeout": at worst loop_wait + primary_start_timeout + loop_wait. */
static void a_leader_whose_server_stays_down_gives_the_key_up(void **state) {
    static const int64_t timeouts_ms[] = {-1, 40000}; /* -1: primary_start_timeout 0 */
    for (int i = 0; i < 2; i++) {
        struct cluster c;
        begin_with(&c, 8, (struct setup){.start_timeout_ms = timeouts_ms[i]});
        run_to(&c.f, 45000);
        fault(&c.f, FAULT_CRASH, c.server[0], SIM_NOBODY, 0);
        const int64_t took = run_until_primary(&c, 0, 150000, false) - 45000;
        assert_in_range(took, i == 0 ? 0 : 40000, (i == 0 ? 0 : 40000 + LOOP_MS) + LOOP_MS + 3000);
        assert_true(noted(&c.f, c.agent[0], "released_key") > 0);
        fixture_end(&c.f);
    }
}

static void a_switchover_hands_the_key_on_at_once(void **state) {
    struct cluster c;
    begin(&c, 9);
    run_to(&c.f, 45000);
    command(&c.f, c.agent[1], "switchover", NULL);
    run_to(&c.f, 45100);
    assert_true(c.f.replied && !c.f.reply_ok);
    command(&c.f, c.agent[0], "switchover", NULL);
    assert_in_range(run_until_primary(&c, 0, 60000, false), 45000, 48500);
    run_to(&c.f, 90000);
    assert_int_equal(primaries(&c), 1);
    assert_false(is_primary(&c, 0));
    assert_true(probe(&c.f, c.server[0], "upstream") != SIM_NONE);
    fixture_end(&c.f);
}

static void an_agent_that_restarts_takes_its_lease_up_again(void **state) {
    struct cluster c;
    begin(&c, 10);
    run_to(&c.f, 45000);
    fault(&c.f, FAULT_CRASH, c.agent[0], SIM_NOBODY, 0);
    run_to(&c.f, 50000);
    restart(&c.f, c.agent[0]);
    run_to(&c.f, 100000);
    assert_true(is_primary(&c, 0));
    assert_int_equal(probe(&c.f, c.witness, "term"), 1);
    fixture_end(&c.f);
}

/* ---- the laws, and what breaks them ---- */

static void no_fencing_breaks_the_law_of_leases(void **state) {
    for (uint64_t seed = 1; seed <= 10; seed++) {
        struct cluster c;
        begin_with(&c, seed, (struct setup){.bug = "no_fencing"});
        run_to(&c.f, 40000 + (int64_t)seed * 777);
        cut_agent(&c, 0);
        world_run(c.f.world, 150000 * MS);
        assert_true(law(&c.f, "No Primary Without A Lease").broken > 0);
        fixture_end(&c.f);
    }
}

static void a_lease_that_is_not_synced_is_given_twice(void **state) {
    for (int bug = 0; bug < 2; bug++) {
        struct cluster c;
        begin_with(&c, 1, (struct setup){.witness_bug = bug ? "unsynced_lease" : NULL});
        run_to(&c.f, 45000);
        crash(&c.f, c.witness);
        run_to(&c.f, 46000);
        restart(&c.f, c.witness);
        world_run(c.f.world, 150000 * MS);
        assert_int_equal(law(&c.f, "One Leader Per Term").broken > 0, bug);
        fixture_end(&c.f);
    }
}

/* One fault each 3 to 20 s: crashes of hosts and processes, cuts, pauses; then all is well again.
 */
static void some_fault(struct cluster *c, struct random *r) {
    const int64_t what = draw_below(r, 8), i = draw_below(r, SERVERS), j = draw_below(r, SERVERS);
    switch (what) {
    case 0: host_crash(c, (int)i); break;
    case 1: crash(&c->f, c->witness); break;
    case 2: cut_agent(c, (int)i); break;
    case 3: cut(&c->f, c->agent[i], c->agent[j]); break;
    case 4: cut(&c->f, c->server[i], c->server[j]); break;
    case 5: fault(&c->f, FAULT_CRASH, c->server[i], SIM_NOBODY, 0); break;
    case 6: fault(&c->f, FAULT_CRASH, c->agent[i], SIM_NOBODY, 0); break;
    default: fault(&c->f, FAULT_PAUSE, c->agent[i], SIM_NOBODY, 0); break;
    }
}
static void all_is_well(struct cluster *c) {
    heal(&c->f);
    if (!world_node_up(c->f.world, c->witness)) restart(&c->f, c->witness);
    for (int i = 0; i < SERVERS; i++) {
        if (!world_node_up(c->f.world, c->server[i])) restart(&c->f, c->server[i]);
        if (!world_node_up(c->f.world, c->agent[i])) restart(&c->f, c->agent[i]);
    }
}

static void the_laws_hold_under_random_faults_and_it_recovers(void **state) {
    int64_t terms = 0;
    for (uint64_t seed = 1; seed <= 50; seed++) {
        struct cluster c;
        struct random r = {random_key(seed, 42), 0};
        begin(&c, seed);
        run_to(&c.f, 20000);
        while (now_ms(&c) < 600000) {
            some_fault(&c, &r);
            run_to(&c.f, now_ms(&c) + 3000 + draw_below(&r, 17000));
            if (draw_below(&r, 3) == 0) all_is_well(&c);
        }
        all_is_well(&c);
        run_to(&c.f, now_ms(&c) + 180000);
        if (primaries(&c) != 1)
            fail_msg("seed %llu: %d primaries at the end", (unsigned long long)seed, primaries(&c));
        for (int i = 0; i < SERVERS; i++)
            if (!is_primary(&c, i) && probe(&c.f, c.server[i], "upstream") == SIM_NONE)
                fail_msg("seed %llu: %d follows nobody", (unsigned long long)seed, i);
        terms += probe(&c.f, c.witness, "term");
        assert_lawful(&c.f);
        fixture_end(&c.f);
    }
    assert_true(terms > 150); /* there were failovers to judge */
}

static void settings_that_cannot_be_safe_are_refused(void **state) {
    struct world *world = world_create(&(struct world_options){.seed = 1});
    struct host_options host = host_options_default();
    struct text error = {0};
    struct node_options options = {
        .name = "agent", .model = model_find("patroni"), .host = world_add_host(world, &host)};
    options.knobs = KNOBS(knob("server", 0), knob("witness", 0), knob("retry_timeout", 15000 * MS));
    options.knob_count = 3;
    assert_int_equal(world_add_node(world, &options, &error), SIM_NOBODY);
    assert_non_null(strstr(text_string(&error), "loop_wait + 2 * retry_timeout <= ttl"));
    text_clear(&error);
    options.knob_count = 1;
    assert_int_equal(world_add_node(world, &options, &error), SIM_NOBODY);
    assert_non_null(strstr(text_string(&error), "witness"));
    text_free(&error);
    world_destroy(world);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_initial_primary_leads_and_the_others_follow_it),
        cmocka_unit_test(a_leader_whose_host_dies_is_replaced_within_its_ttl),
        cmocka_unit_test(the_healthiest_takes_over),
        cmocka_unit_test(one_too_far_behind_does_not_take_over),
        cmocka_unit_test(a_leader_cut_off_from_the_witness_steps_down_before_another_leads),
        cmocka_unit_test(an_agent_that_is_paused_past_its_ttl_leaves_two_primaries),
        cmocka_unit_test(an_agent_that_wakes_up_late_stops_its_server_without_asking),
        cmocka_unit_test(whoever_comes_second_in_a_race_does_not_get_the_key),
        cmocka_unit_test(an_old_leader_is_rewound_and_follows_the_new_one),
        cmocka_unit_test(a_witness_that_is_back_soon_changes_nothing),
        cmocka_unit_test(without_a_witness_nobody_leads_and_with_it_the_old_leader_does_again),
        cmocka_unit_test(a_server_that_crashes_is_started_in_the_role_of_its_lease),
        cmocka_unit_test(a_leader_whose_server_stays_down_gives_the_key_up),
        cmocka_unit_test(a_switchover_hands_the_key_on_at_once),
        cmocka_unit_test(an_agent_that_restarts_takes_its_lease_up_again),
        cmocka_unit_test(no_fencing_breaks_the_law_of_leases),
        cmocka_unit_test(a_lease_that_is_not_synced_is_given_twice),
        cmocka_unit_test(the_laws_hold_under_random_faults_and_it_recovers),
        cmocka_unit_test(settings_that_cannot_be_safe_are_refused),
    };
    return cmocka_run_group_tests_name("models patroni", tests, NULL, NULL);
}
