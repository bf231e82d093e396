/* Raft as a node in a world: clients, members, restarts. What it keeps on disk is
 * test_raft_disk.c's, what the core does test_raft_core.c's. */
#include "raft_fixture.h"

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
