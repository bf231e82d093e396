/* Catch-up in Multi-Paxos' core: whom a learner asks, how long it waits, and what is kept for it.
 */
#include "paxos_fixture.h"

static struct cores c; /* large; each test begins it anew */

static void with(int count, struct paxos_config config) { cores_begin(&c, count, config); }

/* 0 leads, 1 has accepted and knows `count` values, 2 has heard of nothing. */
static void begin_with_one_behind(int count) {
    with(3, (struct paxos_config){0});
    campaign(&c, 0);
    deliver_all(&c);
    drop_all(&c);
    for (int i = 0; i < count; i++) {
        suggest(&c, 0, "x");
        deliver(&c, letter(&c, PAXOS_ACCEPT, 0, 1, 0), true);
        deliver(&c, letter(&c, PAXOS_ACCEPTED_ALL, 1, 0, 0), true);
        drop_all(&c);
    }
    tick(&c, 0, 60);
    deliver(&c, letter(&c, PAXOS_HEARTBEAT, 0, 1, 0), true);
}

static void begin_a_snapshot(void) {
    begin_with_one_behind(3);
    deliver(&c, letter(&c, PAXOS_HEARTBEAT, 0, 2, 0), true);
    assert_non_null(letter(&c, PAXOS_FETCH, 2, 0, 0));
    drop_all(&c);
    paxos_snapshot_goes_on(&c.g[2], c.now);
}

static void whoever_is_sent_a_snapshot_does_not_stand(void **state) {
    begin_a_snapshot();
    for (int i = 0; i < 8; i++) { /* a slow link: 2 s */
        tick(&c, 2, 250);
        if (i % 4 == 3) paxos_snapshot_goes_on(&c.g[2], c.now);
    }
    assert_int_equal(c.g[2].role, PAXOS_FOLLOWER);
    assert_null(letter(&c, PAXOS_PREPARE, 2, 0, 0));
    paxos_snapshot_ends(&c.g[2]);
    tick(&c, 2, 301);
    assert_int_equal(c.g[2].role, PAXOS_CANDIDATE);
    cores_end(&c);
}

static void nor_while_it_is_cut_off_from_all(void **state) {
    begin_a_snapshot();
    for (sim_node i = 0; i < CORES_MAX; i++)
        if (i != 2) paxos_peer_changed(&c.g[2], i, false, c.now, &c.out);
    for (int i = 0; i < 4; i++) tick(&c, 2, 300);
    assert_int_equal(c.g[2].role, PAXOS_FOLLOWER);
    paxos_peer_changed(&c.g[2], 0, true, c.now, &c.out);
    collect(&c, 2, true);
    assert_non_null(letter(&c, PAXOS_FETCH, 2, 0, 0)); /* and goes on where it stands */
    cores_end(&c);
}

/* As a stream that is tried in vain is reported down each time. */
static void a_sender_that_is_gone_is_not_waited_for_for_ever(void **state) {
    begin_a_snapshot();
    c.g[2].peers[paxos_group_place(&c.g[2], 1)].commit = 3;
    c.g[2].election_ns = INT64_MAX;
    for (int i = 0; i < 4; i++) {
        paxos_peer_changed(&c.g[2], 0, false, c.now, &c.out);
        tick(&c, 2, 210);
    }
    assert_non_null(letter(&c, PAXOS_FETCH, 2, 1, 0));
    cores_end(&c);
}

static void what_is_not_answered_is_asked_again_after_twice_as_long(void **state) {
    begin_a_snapshot();
    int64_t asked = 0, last = c.now, waited = 0;
    while (asked < 4) {
        tick(&c, 2, 10);
        if (!letter(&c, PAXOS_FETCH, 2, 0, 0)) continue;
        drop_all(&c);
        if (asked++) assert_true(c.now - last >= 2 * waited - 10 * MS);
        waited = c.now - last;
        last = c.now;
    }
    cores_end(&c);
}

static void the_log_is_not_cut_before_one_who_learns_from_it(void **state) {
    begin_with_one_behind(5);
    deliver(&c, letter(&c, PAXOS_HEARTBEAT, 0, 2, 0), true);
    deliver(&c, letter(&c, PAXOS_FETCH, 2, 0, 0), true);
    paxos_compact(&c.g[0], 4, c.now);
    assert_int_equal(c.g[0].log.base, 0);
    deliver_all(&c); /* the values, and that it asks for more */
    tick(&c, 0, 60);
    deliver_all(&c);
    assert_int_equal(c.g[2].commit, 5);
    paxos_compact(&c.g[0], 4, c.now);
    assert_int_equal(c.g[0].log.base, 4);
    cores_end(&c);
}

/* 2 knew more than anyone, and a crash took what it had not synced. */
static void one_that_knew_more_before_a_crash_is_not_asked_for_ever(void **state) {
    begin_with_one_behind(5);
    drop_all(&c); /* 2 hears of no leader */
    c.g[2].peers[paxos_group_place(&c.g[2], 0)].commit = 5;
    c.g[2].peers[paxos_group_place(&c.g[2], 1)].commit = 9; /* as it had told */
    c.g[1].commit = c.g[1].applied = 0;
    paxos_learn_from_any(&c.g[2], SIM_NONE, c.now, &c.out);
    collect(&c, 2, true);
    assert_non_null(letter(&c, PAXOS_FETCH, 2, 1, 0));
    deliver_all(&c);
    paxos_learn_from_any(&c.g[2], SIM_NONE, c.now, &c.out);
    collect(&c, 2, true);
    deliver_all(&c);
    assert_int_equal(c.g[2].commit, 5);
    cores_end(&c);
}

static void an_answer_that_comes_twice_is_not_asked_for_anew(void **state) {
    begin_with_one_behind(5);
    for (int64_t i = 1; i <= 5; i++) paxos_log_find(&c.g[0].log, i)->extra = 10000;
    deliver(&c, letter(&c, PAXOS_HEARTBEAT, 0, 2, 0), true);
    paxos_learn_fetch_again(&c.g[2], c.now, &c.out);
    collect(&c, 2, true);
    for (int i = 0; i < 2; i++) deliver(&c, letter(&c, PAXOS_FETCH, 2, 0, 0), true);
    for (int i = 0; i < 2; i++) deliver(&c, letter(&c, PAXOS_VALUES, 0, 2, 0), true);
    assert_int_equal(c.g[2].commit, 1);
    assert_non_null(letter(&c, PAXOS_FETCH, 2, 0, 0));
    assert_null(letter(&c, PAXOS_FETCH, 2, 0, 1));
    cores_end(&c);
}

static void who_does_not_answer_is_not_the_only_one_to_be_asked(void **state) {
    begin_with_one_behind(5);
    deliver(&c, letter(&c, PAXOS_HEARTBEAT, 0, 2, 0), true);
    c.g[2].peers[paxos_group_place(&c.g[2], 1)].commit = 4;
    drop_all(&c); /* 0 is paused */
    c.g[2].election_ns = INT64_MAX;
    tick(&c, 2, 301);
    assert_null(letter(&c, PAXOS_FETCH, 2, 0, 0));
    assert_non_null(letter(&c, PAXOS_FETCH, 2, 1, 0));
    drop_all(&c);
    tick(&c, 2, 601);
    assert_non_null(letter(&c, PAXOS_FETCH, 2, 0, 0));
    cores_end(&c);
}

static void a_new_leader_is_asked_at_once(void **state) {
    begin_with_one_behind(5);
    deliver(&c, letter(&c, PAXOS_HEARTBEAT, 0, 2, 0), true);
    drop_all(&c); /* 0 is paused */
    tick(&c, 1, 301);
    assert_int_equal(c.g[1].role, PAXOS_CANDIDATE);
    deliver(&c, letter(&c, PAXOS_PREPARE, 1, 2, 0), true);
    deliver(&c, letter(&c, PAXOS_PROMISE, 2, 1, 0), true);
    deliver(&c, letter(&c, PAXOS_HEARTBEAT, 1, 2, 0), true);
    assert_non_null(letter(&c, PAXOS_FETCH, 2, 1, 0));
    cores_end(&c);
}

/* What another sends late comes before what was asked for, and is the same. */
static void what_came_from_another_does_not_end_the_asking(void **state) {
    begin_with_one_behind(5);
    for (int64_t i = 1; i <= 5; i++) {
        paxos_log_find(&c.g[0].log, i)->extra = 10000;
        if (i < 5) paxos_log_find(&c.g[1].log, i)->extra = 10000;
    }
    c.g[2].election_ns = INT64_MAX;
    c.g[2].peers[paxos_group_place(&c.g[2], 1)].commit = 4;
    deliver(&c, letter(&c, PAXOS_HEARTBEAT, 0, 2, 0), true);
    tick(&c, 2, 301); /* 0 is slow, so it asks 1, too */
    deliver(&c, letter(&c, PAXOS_FETCH, 2, 0, 0), true);
    deliver(&c, letter(&c, PAXOS_FETCH, 2, 1, 0), true);
    deliver(&c, letter(&c, PAXOS_VALUES, 0, 2, 0), true);
    deliver(&c, letter(&c, PAXOS_VALUES, 1, 2, 0), true);
    assert_int_equal(c.g[2].commit, 1);
    assert_non_null(letter(&c, PAXOS_FETCH, 2, 1, 0));
    deliver_all(&c);
    assert_true(c.g[2].commit >= 4);
    cores_end(&c);
}

/* Leases stand against it, and each who says so knows more. */
static void a_candidate_that_has_asked_one_does_not_ask_all(void **state) {
    begin_with_one_behind(5);
    drop_all(&c);
    campaign(&c, 2);
    for (int again = 0; again < 2; again++)
        for (sim_node from = 0; from < 2; from++)
            paxos_reject_received(
                &c.g[2],
                &(struct paxos_message){
                    .type = PAXOS_REJECT, .peer = from, .ballot = c.g[2].ballot, .commit = 5},
                c.now, &c.random, &c.out);
    collect(&c, 2, true);
    assert_int_equal(c.g[2].role, PAXOS_CANDIDATE);
    assert_non_null(letter(&c, PAXOS_FETCH, 2, 0, 0));
    assert_null(letter(&c, PAXOS_FETCH, 2, 0, 1));
    assert_null(letter(&c, PAXOS_FETCH, 2, 1, 0));
    cores_end(&c);
}

/* 2 leads, and lacks what the others know; the log of these begins later. */
static void begin_a_leader_that_is_behind(void) {
    begin_with_one_behind(3);
    drop_all(&c);
    campaign(&c, 2);
    for (int to = 0; to < 2; to++) deliver(&c, letter(&c, PAXOS_PREPARE, 2, to, 0), true);
    for (int from = 0; from < 2; from++) deliver(&c, letter(&c, PAXOS_PROMISE, from, 2, 0), true);
    assert_int_equal(c.g[2].role, PAXOS_LEADER);
    assert_int_equal(c.g[2].floor, 3);
}

static void a_leader_that_does_not_catch_up_lets_others_lead(void **state) {
    begin_a_leader_that_is_behind();
    paxos_snapshot_goes_on(&c.g[2], c.now);
    for (int i = 0; i < 8 && c.g[2].role == PAXOS_LEADER; i++) {
        tick(&c, 2, 50);
        for (sim_node from = 0; from < 2; from++) c.g[2].peers[from].heard_ns = c.now;
        paxos_snapshot_goes_on(&c.g[2], c.now);
    }
    assert_int_equal(c.g[2].role, PAXOS_FOLLOWER);
    tick(&c, 2, 301);
    assert_int_equal(c.g[2].role, PAXOS_FOLLOWER);
    cores_end(&c);
}

/* They were counted before what is below them was known. */
static void what_was_chosen_after_a_snapshot_is_known_with_it(void **state) {
    uint8_t bytes[PAXOS_CONFIGS_BYTES];
    struct writer w = writer_over(bytes, sizeof bytes);
    begin_a_leader_that_is_behind();
    assert_int_equal(suggest(&c, 2, "y"), 4);
    for (int to = 0; to < 2; to++) deliver(&c, letter(&c, PAXOS_ACCEPT, 2, to, 0), true);
    for (int from = 0; from < 2; from++)
        deliver(&c, letter(&c, PAXOS_ACCEPTED_ALL, from, 2, 0), true);
    assert_int_equal(c.g[2].commit, 0);
    paxos_write_configs(&c.g[0], &w);
    struct reader configs = reader_over(bytes, w.size);
    paxos_install(&c.g[2], 3, &configs, c.now, &c.out);
    collect(&c, 2, true);
    assert_int_equal(c.g[2].commit, 4);
    cores_end(&c);
}

static void what_was_learned_is_known_after_a_restart(void **state) {
    begin_with_one_behind(3);
    deliver(&c, letter(&c, PAXOS_HEARTBEAT, 0, 2, 0), true);
    deliver_all(&c);
    assert_int_equal(c.g[2].commit, 3);
    begin_again(&c, 2, -1);
    assert_int_equal(c.g[2].commit, 3);
    cores_end(&c);
}

static void one_answer_carries_no_more_than_a_slow_link_can_bear(void **state) {
    begin_with_one_behind(5);
    for (int64_t i = 1; i <= 5; i++) paxos_log_find(&c.g[0].log, i)->extra = 10000;
    deliver(&c, letter(&c, PAXOS_HEARTBEAT, 0, 2, 0), true);
    deliver(&c, letter(&c, PAXOS_FETCH, 2, 0, 0), true);
    deliver(&c, letter(&c, PAXOS_VALUES, 0, 2, 0), true);
    assert_int_equal(c.g[2].commit, 1);
    deliver_all(&c);
    assert_int_equal(c.g[2].commit, 5);
    cores_end(&c);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whoever_is_sent_a_snapshot_does_not_stand),
        cmocka_unit_test(nor_while_it_is_cut_off_from_all),
        cmocka_unit_test(a_sender_that_is_gone_is_not_waited_for_for_ever),
        cmocka_unit_test(what_is_not_answered_is_asked_again_after_twice_as_long),
        cmocka_unit_test(the_log_is_not_cut_before_one_who_learns_from_it),
        cmocka_unit_test(one_that_knew_more_before_a_crash_is_not_asked_for_ever),
        cmocka_unit_test(an_answer_that_comes_twice_is_not_asked_for_anew),
        cmocka_unit_test(who_does_not_answer_is_not_the_only_one_to_be_asked),
        cmocka_unit_test(a_new_leader_is_asked_at_once),
        cmocka_unit_test(what_came_from_another_does_not_end_the_asking),
        cmocka_unit_test(a_candidate_that_has_asked_one_does_not_ask_all),
        cmocka_unit_test(a_leader_that_does_not_catch_up_lets_others_lead),
        cmocka_unit_test(what_was_chosen_after_a_snapshot_is_known_with_it),
        cmocka_unit_test(what_was_learned_is_known_after_a_restart),
        cmocka_unit_test(one_answer_carries_no_more_than_a_slow_link_can_bear),
    };
    return cmocka_run_group_tests_name("models paxos learn", tests, NULL, NULL);
}
