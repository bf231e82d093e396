/* Raft as a node in a world: what it keeps on disk, and what becomes of it when the disk fails. */
#include "raft_fixture.h"

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

/* Nothing of it goes, so nothing of it is written again. */
static void a_log_that_stays_is_not_written_anew_with_each_snapshot(void **state) {
    struct group g;
    begin_with(&g, 18, 1, 1, knob("snapshot_entries", 10), knob("snapshot_trailing", 1000000),
               NULL);
    fixture_node(&g.f, "app", "client",
                 KNOBS(knob("target", g.server[0]), knob("clients", 4), knob("mix", 1),
                       knob("keys", 5), knob("value_bytes", 1000), knob("think", 5 * MS)));
    int64_t most = 0;
    for (int64_t ms = 500; ms < 3000; ms++) {
        run_to(&g.f, ms);
        const int64_t used = world_measure(g.f.world, "disk_bytes", g.server[0], SIM_NOBODY);
        assert_true(used > most - 50000); /* old segments that went would be more */
        if (used > most) most = used;
    }
    assert_true(most > 100000);
    assert_true(noted(&g.f, g.server[0], "saved") > 20);
    fixture_end(&g.f);
}

/* Alone, it has nobody to get back from what it would lose. */
static void a_server_alone_outlives_sixty_crashes(uint64_t seed, int64_t entries, int64_t trailing,
                                                  int64_t apart_ms) {
    struct fixture f;
    fixture_begin(&f, seed);
    f.host.disk.crash = DISK_KEEPS_ANY;
    f.host.disk.tears = true;
    f.host.disk.sync = distribution_constant(5 * MS);
    const sim_node server = fixture_node(
        &f, "n1", "raft",
        KNOBS(peers(1), knob("snapshot_entries", entries), knob("snapshot_trailing", trailing)));
    fixture_node(&f, "app", "client",
                 KNOBS(knob("target", server), knob("clients", 8), knob("mix", 1),
                       knob("think", 1 * MS), knob("retry", 200 * MS)));
    for (int i = 1; i <= 60; i++) {
        run_to(&f, i * apart_ms);
        assert_true(world_node_up(f.world, server));
        crash(&f, server);
        restart(&f, server);
    }
    assert_lawful(&f);
    assert_true(law(&f, "Leader Completeness").held >= 30);
    fixture_end(&f);
}

/* A snapshot is followed by a new segment, which a crash may tear. */
static void what_was_committed_outlives_a_crash_that_tears_a_new_segment(void **state) {
    for (uint64_t seed = 1; seed <= 25; seed++)
        a_server_alone_outlives_sixty_crashes(seed, 100, 80, 317);
}

/* The ones before it were removed, but that is not durable yet. */
static void a_torn_segment_that_a_crash_brings_back_is_no_log(void **state) {
    for (uint64_t seed = 1; seed <= 25; seed++)
        a_server_alone_outlives_sixty_crashes(seed, 5, 4, 397);
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

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_was_away_too_long_gets_a_snapshot_and_keeps_it),
        cmocka_unit_test(logs_do_not_grow_for_ever),
        cmocka_unit_test(a_log_that_stays_is_not_written_anew_with_each_snapshot),
        cmocka_unit_test(what_was_committed_outlives_a_crash_that_tears_a_new_segment),
        cmocka_unit_test(a_torn_segment_that_a_crash_brings_back_is_no_log),
        cmocka_unit_test(an_operator_may_ask_for_a_snapshot),
        cmocka_unit_test(an_operators_snapshot_is_answered_while_another_is_being_sent),
        cmocka_unit_test(a_sync_that_fails_ends_the_process),
        cmocka_unit_test(a_server_whose_log_is_corrupt_does_not_start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
