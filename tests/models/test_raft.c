/* Raft as a node in a world: clients, disks, snapshots, restarts. What the core does is
 * test_raft_core.c's. */
#include "models_fixture.h"

#include "parts/client_protocol.h"

enum { SERVERS_MAX = 5 };
struct group {
    struct fixture f;
    sim_node server[SERVERS_MAX], client;
    int count;
};

static const sim_node first_nodes[] = {0, 1, 2, 3, 4};

static struct knob_setting peers(size_t count) {
    return (struct knob_setting){"peers", {.nodes = first_nodes, .count = count}};
}

static void begin_with(struct group *g, uint64_t seed, int members, int servers,
                       struct knob_setting one, struct knob_setting two, const char *bug) {
    static const char *const names[] = {"n1", "n2", "n3", "n4", "n5"};
    fixture_begin(&g->f, seed);
    g->count = servers;
    for (int i = 0; i < servers; i++)
        g->server[i] =
            fixture_node_with(&g->f, names[i], "raft",
                              KNOBS(peers((size_t)members), one.name ? one : knob("group", 1),
                                    two.name ? two : knob("group", 1)),
                              bug);
}
static void begin(struct group *g, uint64_t seed, int servers) {
    begin_with(g, seed, servers, servers, (struct knob_setting){0}, (struct knob_setting){0}, NULL);
}

/* Reads and writes of a few keys; asked again until answered. */
static void add_clients(struct group *g, int clients, int64_t retry_ms) {
    g->client = fixture_node(
        &g->f, "app", "client",
        KNOBS(knob("target", g->server[0]),
              ((struct knob_setting){"others",
                                     {.nodes = first_nodes + 1, .count = (size_t)g->count - 1}}),
              knob("clients", clients), knob("mix", 1), knob("keys", 5), knob("think", 5 * MS),
              knob("retry", retry_ms * MS), knob("timeout", 5000 * MS)));
}

static int leader_of(struct group *g) {
    int best = -1;
    for (int i = 0; i < g->count; i++) {
        if (!world_node_up(g->f.world, g->server[i]) || !probe(&g->f, g->server[i], "leader"))
            continue;
        if (best < 0 || probe(&g->f, g->server[i], "term") > probe(&g->f, g->server[best], "term"))
            best = i;
    }
    return best;
}
static int follower_of(struct group *g) {
    const int leader = leader_of(g);
    return leader == 0 ? 1 : 0;
}
static int64_t applied(struct group *g, int i) { return probe(&g->f, g->server[i], "applied"); }

static void clients_are_served_and_all_replicas_apply_the_same(void **state) {
    struct group g;
    begin(&g, 1, 3);
    add_clients(&g, 4, 0);
    run_to(&g.f, 3000);
    assert_true(g.f.outcomes[SIM_DONE] > 500);
    assert_true(law(&g.f, "State Machine Safety").held > 500);
    fault(&g.f, FAULT_PAUSE, g.client, SIM_NOBODY, 0);
    run_to(&g.f, 3200);
    assert_int_equal(applied(&g, 0), applied(&g, 1));
    assert_int_equal(applied(&g, 0), applied(&g, 2));
    assert_lawful(&g.f);
    fixture_end(&g.f);
}

static void when_the_leader_dies_another_serves_and_no_outcome_is_unknown(void **state) {
    struct group g;
    begin(&g, 2, 3);
    add_clients(&g, 4, 200);
    run_to(&g.f, 2000);
    const int dead = leader_of(&g);
    crash(&g.f, g.server[dead]);
    const int64_t before = g.f.outcomes[SIM_DONE];
    run_to(&g.f, 4000);
    assert_true(leader_of(&g) >= 0 && leader_of(&g) != dead);
    assert_true(g.f.outcomes[SIM_DONE] > before + 300);
    restart(&g.f, g.server[dead]);
    run_to(&g.f, 6000);
    assert_true(applied(&g, leader_of(&g)) - applied(&g, dead) < 100);
    assert_int_equal(g.f.outcomes[SIM_UNKNOWN], 0);
    assert_lawful(&g.f);
    fixture_end(&g.f);
}

static void a_command_that_comes_again_is_carried_out_once(void **state) {
    int64_t repeated = 0;
    for (uint64_t seed = 1; seed <= 10; seed++) {
        struct group g;
        begin(&g, seed, 3);
        add_clients(&g, 8, 20); /* it asks again while the first is on its way */
        run_to(&g.f, 1000);
        for (int i = 0; i < 4; i++) {
            const int leader = leader_of(&g);
            if (leader >= 0) crash(&g.f, g.server[leader]);
            run_to(&g.f, 1500 + i * 1000);
            if (leader >= 0) restart(&g.f, g.server[leader]);
            run_to(&g.f, 2000 + i * 1000);
        }
        for (int i = 0; i < 3; i++) repeated += probe(&g.f, g.server[i], "repeated");
        assert_lawful(&g.f);
        fixture_end(&g.f);
    }
    assert_true(repeated > 0);
}

static void the_whole_group_loses_power_and_comes_back_with_all_that_was_answered(void **state) {
    struct group g;
    begin(&g, 4, 3);
    add_clients(&g, 4, 200);
    run_to(&g.f, 2000);
    const int64_t commit = probe(&g.f, g.server[leader_of(&g)], "commit");
    for (int i = 0; i < 3; i++) crash(&g.f, g.server[i]);
    run_to(&g.f, 2500);
    for (int i = 0; i < 3; i++) restart(&g.f, g.server[i]);
    run_to(&g.f, 4000);
    assert_true(leader_of(&g) >= 0);
    for (int i = 0; i < 3; i++) assert_true(applied(&g, i) >= commit);
    assert_lawful(&g.f);
    fixture_end(&g.f);
}

static void a_minority_answers_nobody(void **state) {
    struct group g;
    begin(&g, 5, 3);
    add_clients(&g, 4, 200);
    run_to(&g.f, 1000);
    crash(&g.f, g.server[0]);
    crash(&g.f, g.server[1]);
    run_to(&g.f, 1500);
    const int64_t before = g.f.outcomes[SIM_DONE];
    run_to(&g.f, 3000);
    assert_int_equal(g.f.outcomes[SIM_DONE], before);
    assert_int_equal(leader_of(&g), -1); /* check_quorum */
    restart(&g.f, g.server[0]);
    run_to(&g.f, 9000);
    assert_true(g.f.outcomes[SIM_DONE] > before);
    fixture_end(&g.f);
}

/* On one host they start at one reading of its clock, and so give out the same numbers. */
static void two_clients_on_one_host_are_two(void **state) {
    struct fixture f;
    fixture_begin(&f, 21);
    const sim_node server = fixture_node(&f, "n1", "raft", KNOBS(peers(1)));
    struct host_options options = host_options_default();
    options.name = "shared";
    const sim_host host = world_add_host(f.world, &options);
    const struct knob_setting knobs[] = {knob("target", server), knob("clients", 4), knob("mix", 1),
                                         knob("think", 5 * MS)};
    for (int i = 0; i < 2; i++) {
        struct text error = {0};
        const struct node_options client = {.name = i ? "two" : "one",
                                            .model = model_find("client"),
                                            .host = host,
                                            .knobs = knobs,
                                            .knob_count = 4};
        assert_int_not_equal(world_add_node(f.world, &client, &error), SIM_NOBODY);
        text_free(&error);
    }
    run_to(&f, 2000);
    assert_true(f.outcomes[SIM_DONE] > 300);
    assert_int_equal(probe(&f, server, "repeated"), 0);
    fixture_end(&f);
}

/* ---- snapshots ---- */

static void who_was_away_too_long_gets_a_snapshot_and_keeps_it(void **state) {
    struct group g;
    begin_with(&g, 6, 3, 3, knob("snapshot_entries", 100), knob("snapshot_trailing", 10), NULL);
    add_clients(&g, 8, 200);
    run_to(&g.f, 1000);
    const int away = follower_of(&g);
    crash(&g.f, g.server[away]);
    run_to(&g.f, 3000);
    restart(&g.f, g.server[away]);
    run_to(&g.f, 4000);
    assert_true(noted(&g.f, g.server[away], "installed") >= 1);
    assert_true(applied(&g, leader_of(&g)) - applied(&g, away) < 100);
    const int64_t snapshot = cell(&g.f, g.server[away], "raft", 0, "snapshot", NULL);
    assert_true(snapshot > 300);
    for (int i = 0; i < 3; i++) crash(&g.f, g.server[i]); /* and is begun from */
    run_to(&g.f, 4100);
    restart(&g.f, g.server[away]);
    run_to(&g.f, 4140);
    assert_true(cell(&g.f, g.server[away], "raft", 0, "snapshot", NULL) >= snapshot);
    assert_true(applied(&g, away) >= snapshot);
    assert_lawful(&g.f);
    fixture_end(&g.f);
}

static void logs_do_not_grow_for_ever(void **state) {
    struct group g;
    begin_with(&g, 7, 3, 3, knob("snapshot_entries", 100), knob("snapshot_trailing", 20), NULL);
    add_clients(&g, 8, 0);
    run_to(&g.f, 4000);
    assert_true(probe(&g.f, g.server[0], "last") > 1000);
    for (int i = 0; i < 3; i++) assert_true(probe(&g.f, g.server[i], "log_entries") < 200);
    assert_true(law(&g.f, "Replicas Agree").held > 10);
    fixture_end(&g.f);
}

/* A snapshot is followed by a new segment, which a crash may tear. Alone, it has nobody to get back
 * from what it would lose. */
static void what_was_committed_outlives_a_crash_that_tears_a_new_segment(void **state) {
    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct fixture f;
        fixture_begin(&f, seed);
        f.host.disk.crash = DISK_KEEPS_ANY;
        f.host.disk.tears = true;
        const sim_node server = fixture_node(
            &f, "n1", "raft",
            KNOBS(peers(1), knob("snapshot_entries", 100), knob("snapshot_trailing", 80)));
        fixture_node(&f, "app", "client",
                     KNOBS(knob("target", server), knob("clients", 8), knob("mix", 1),
                           knob("think", 1 * MS), knob("retry", 200 * MS)));
        for (int i = 1; i <= 60; i++) {
            run_to(&f, i * 317);
            crash(&f, server);
            restart(&f, server);
        }
        assert_lawful(&f);
        assert_true(law(&f, "Leader Completeness").held >= 30);
        fixture_end(&f);
    }
}

static void an_operator_may_ask_for_a_snapshot(void **state) {
    struct group g;
    begin_with(&g, 8, 3, 3, knob("snapshot_entries", 0), knob("snapshot_trailing", 0), NULL);
    add_clients(&g, 4, 0);
    run_to(&g.f, 2000);
    command(&g.f, g.server[0], "snapshot", NULL);
    run_to(&g.f, 2100);
    assert_true(g.f.replied && g.f.reply_ok);
    assert_true(probe(&g.f, g.server[0], "log_entries") < 50);
    fixture_end(&g.f);
}

static void an_operators_snapshot_is_answered_while_another_is_being_sent(void **state) {
    struct group g;
    begin_with(&g, 15, 3, 3, knob("snapshot_entries", 100), knob("snapshot_trailing", 10), NULL);
    add_clients(&g, 8, 200);
    run_to(&g.f, 1000);
    const int away = follower_of(&g), leader = leader_of(&g);
    crash(&g.f, g.server[away]);
    run_to(&g.f, 3000);
    restart(&g.f, g.server[away]);
    int64_t ms = 3000;
    while (!noted(&g.f, g.server[leader], "send_snapshot")) run_to(&g.f, ++ms);
    fault(&g.f, FAULT_PAUSE, g.server[away], SIM_NOBODY, 0);
    run_to(&g.f, ms + 500);
    const int64_t before = noted(&g.f, g.server[leader], "saved");
    command(&g.f, g.server[leader], "snapshot", NULL);
    run_to(&g.f, ms + 600);
    assert_true(g.f.replied && g.f.reply_ok);
    assert_true(noted(&g.f, g.server[leader], "saved") <= before + 2); /* not over and over */
    assert_lawful(&g.f);
    fixture_end(&g.f);
}

/* ---- disks ---- */

static void a_sync_that_fails_ends_the_process(void **state) {
    struct group g;
    begin(&g, 9, 3);
    add_clients(&g, 4, 200);
    run_to(&g.f, 1000);
    const int who = follower_of(&g);
    fault(&g.f, FAULT_SYNC_FAILS, g.server[who], SIM_NOBODY, 1);
    run_to(&g.f, 1500);
    assert_false(world_node_up(g.f.world, g.server[who]));
    restart(&g.f, g.server[who]);
    run_to(&g.f, 3000);
    assert_true(applied(&g, leader_of(&g)) - applied(&g, who) < 100);
    assert_lawful(&g.f);
    fixture_end(&g.f);
}

static void a_server_whose_log_is_corrupt_does_not_start(void **state) {
    struct group g;
    begin_with(&g, 10, 3, 3, knob("snapshot_entries", 100), knob("snapshot_trailing", 0), NULL);
    add_clients(&g, 4, 200);
    run_to(&g.f, 2000);
    const int who = follower_of(&g);
    crash(&g.f, g.server[who]);
    world_fault(g.f.world, &(struct fault){FAULT_BIT_ROT, g.server[who], SIM_NOBODY, 2000, 1},
                false);
    restart(&g.f, g.server[who]);
    run_to(&g.f, 2500);
    assert_false(
        world_node_up(g.f.world, g.server[who])); /* its snapshot, file 1, is not what it was */
    assert_lawful(&g.f);
    fixture_end(&g.f);
}

/* ---- members ---- */

static void a_new_member_catches_up_and_votes(void **state) {
    struct group g;
    begin_with(&g, 11, 3, 4, knob("snapshot_entries", 100), knob("snapshot_trailing", 10), NULL);
    add_clients(&g, 4, 200);
    run_to(&g.f, 2000);
    command(&g.f, g.server[leader_of(&g)], "add",
            KNOBS(knob("node", g.server[3]), knob("learner", 1)));
    run_to(&g.f, 2500);
    assert_true(g.f.replied && g.f.reply_ok);
    assert_true(applied(&g, leader_of(&g)) - applied(&g, 3) < 100);
    command(&g.f, g.server[leader_of(&g)], "promote", KNOBS(knob("node", g.server[3])));
    run_to(&g.f, 3000);
    assert_true(g.f.reply_ok);
    crash(&g.f, g.server[follower_of(&g)]); /* three of four are left, the new one among them */
    const int64_t before = g.f.outcomes[SIM_DONE];
    run_to(&g.f, 5000);
    assert_true(g.f.outcomes[SIM_DONE] > before + 100);
    assert_lawful(&g.f);
    fixture_end(&g.f);
}

/* Each would count majorities of its own. */
static void who_was_begun_with_other_members_is_found_out(void **state) {
    struct fixture f;
    fixture_begin(&f, 16);
    law_may_break(&f, "Replicas Agree");
    for (int i = 0; i < 3; i++)
        fixture_node(&f, (const char *const[]){"n1", "n2", "n3"}[i], "raft",
                     KNOBS(peers(i < 2 ? 2 : 3), knob("snapshot_entries", 100)));
    fixture_node(
        &f, "app", "client",
        KNOBS(knob("target", 0), knob("clients", 4), knob("mix", 1), knob("retry", 200 * MS)));
    run_to(&f, 1000);
    assert_true(law(&f, "Replicas Agree").held > 0);
    assert_int_equal(law(&f, "Replicas Agree").broken, 0);
    for (sim_node node = 0; node < 2; node++)
        if (probe(&f, node, "leader"))
            command(&f, node, "add", KNOBS(knob("node", 2), knob("learner", 1)));
    run_to(&f, 2000);
    assert_true(f.reply_ok);
    assert_true(law(&f, "Replicas Agree").broken > 0); /* of the time before that */
    fixture_end(&f);
}

static void commands_that_cannot_be_say_why(void **state) {
    struct group g;
    begin(&g, 12, 3);
    run_to(&g.f, 1000);
    command(&g.f, g.server[follower_of(&g)], "transfer", KNOBS(knob("to", g.server[2])));
    run_to(&g.f, 1010);
    assert_false(g.f.reply_ok);
    assert_string_equal(text_string(&g.f.reply), "it does not lead");
    command(&g.f, g.server[leader_of(&g)], "remove", KNOBS(knob("node", 77)));
    run_to(&g.f, 1020);
    assert_string_equal(text_string(&g.f.reply), "that node is no member");
    fixture_end(&g.f);
}

static void leadership_is_handed_over_without_an_election_timeout(void **state) {
    struct group g;
    begin(&g, 13, 3);
    add_clients(&g, 4, 200);
    run_to(&g.f, 2000);
    const int next = follower_of(&g);
    command(&g.f, g.server[leader_of(&g)], "transfer", KNOBS(knob("to", g.server[next])));
    run_to(&g.f, 2020);
    assert_int_equal(leader_of(&g), next);
    assert_lawful(&g.f);
    fixture_end(&g.f);
}

/* ---- reads ---- */

static void each_way_of_reading_serves(void **state) {
    for (int64_t mode = 0; mode <= 3; mode++) {
        struct group g;
        begin_with(&g, 14, 3, 3, knob("reads", mode), (struct knob_setting){0}, NULL);
        add_clients(&g, 4, 0);
        run_to(&g.f, 2000);
        assert_true(g.f.outcomes[SIM_DONE] > 300);
        assert_true(mode != 1 || law(&g.f, "Lease Is Exclusive").held > 100);
        assert_lawful(&g.f);
        fixture_end(&g.f);
    }
}

/* By a lease the leader says at once where to read; that this is committed comes with the next
 * heartbeat, or never. */
static void a_follower_that_is_cut_off_keeps_no_reads(void **state) {
    struct group g;
    begin_with(&g, 17, 3, 3, knob("follower_reads", 1), knob("reads", 1), NULL);
    fixture_node(&g.f, "writer", "client",
                 KNOBS(knob("target", g.server[0]), knob("mix", 1), knob("think", 40 * MS),
                       ((struct knob_setting){"others", {.nodes = first_nodes + 1, .count = 2}})));
    run_to(&g.f, 1000);
    const int who = follower_of(&g);
    fixture_node(&g.f, "reader", "client",
                 KNOBS(knob("target", g.server[who]), knob("clients", 8), knob("mix", 3),
                       knob("think", 1 * MS), knob("timeout", 400 * MS)));
    int64_t ms = 1500;
    run_to(&g.f, ms);
    while (applied(&g, who) >= probe(&g.f, g.server[leader_of(&g)], "commit")) run_to(&g.f, ++ms);
    run_to(&g.f, ms + 5);
    assert_int_equal(probe(&g.f, g.server[who], "reads_waiting"), 8);
    for (int i = 0; i < 3; i++)
        if (i != who) cut(&g.f, g.server[who], g.server[i]);
    run_to(&g.f, ms + 1000);
    assert_int_equal(probe(&g.f, g.server[who], "reads_waiting"), 0);
    fixture_end(&g.f);
}

static void a_group_with_impossible_knobs_is_refused(void **state) {
    struct fixture f;
    struct text error = {0};
    fixture_begin(&f, 1);
    const struct knob_setting settings[] = {peers(1), knob("election_timeout", 500 * MS),
                                            knob("election_timeout_max", 100 * MS)};
    struct host_options host = host_options_default();
    host.name = "h";
    const struct node_options options = {.name = "n1",
                                         .model = model_find("raft"),
                                         .host = world_add_host(f.world, &host),
                                         .knobs = settings,
                                         .knob_count = 3};
    assert_int_equal(world_add_node(f.world, &options, &error), SIM_NOBODY);
    assert_non_null(strstr(text_string(&error), "election_timeout_max"));
    text_free(&error);
    fixture_end(&f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(clients_are_served_and_all_replicas_apply_the_same),
        cmocka_unit_test(when_the_leader_dies_another_serves_and_no_outcome_is_unknown),
        cmocka_unit_test(a_command_that_comes_again_is_carried_out_once),
        cmocka_unit_test(the_whole_group_loses_power_and_comes_back_with_all_that_was_answered),
        cmocka_unit_test(a_minority_answers_nobody),
        cmocka_unit_test(two_clients_on_one_host_are_two),
        cmocka_unit_test(who_was_away_too_long_gets_a_snapshot_and_keeps_it),
        cmocka_unit_test(logs_do_not_grow_for_ever),
        cmocka_unit_test(what_was_committed_outlives_a_crash_that_tears_a_new_segment),
        cmocka_unit_test(an_operator_may_ask_for_a_snapshot),
        cmocka_unit_test(an_operators_snapshot_is_answered_while_another_is_being_sent),
        cmocka_unit_test(a_sync_that_fails_ends_the_process),
        cmocka_unit_test(a_server_whose_log_is_corrupt_does_not_start),
        cmocka_unit_test(a_new_member_catches_up_and_votes),
        cmocka_unit_test(who_was_begun_with_other_members_is_found_out),
        cmocka_unit_test(commands_that_cannot_be_say_why),
        cmocka_unit_test(leadership_is_handed_over_without_an_election_timeout),
        cmocka_unit_test(each_way_of_reading_serves),
        cmocka_unit_test(a_follower_that_is_cut_off_keeps_no_reads),
        cmocka_unit_test(a_group_with_impossible_knobs_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
