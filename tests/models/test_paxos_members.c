/* Memberships and leases of Multi-Paxos' core, message by message. */
#include "paxos_fixture.h"

static struct cores c; /* large; each test begins it anew */

static void with(int count, struct paxos_config config) { cores_begin(&c, count, config); }

/* "The set of servers that execute instance i + alpha is specified by the state after execution of
 * the ith command." */
static void a_membership_counts_alpha_instances_later(void **state) {
    uint8_t bytes[VALUE_MEMBERS_BYTES];
    const sim_node next[] = {0, 3, 4};
    with(3, (struct paxos_config){.window = 4, .alpha = 4});
    campaign(&c, 0);
    deliver_all(&c);
    drop_all(&c);
    paxos_propose(&c.g[0], paxos_value_members_write(next, 3, bytes), 0, &c.out);
    collect(&c, 0, true);
    deliver(&c, letter(&c, PAXOS_ACCEPT, 0, 1, 0), true);
    deliver(&c, letter(&c, PAXOS_ACCEPTED_ALL, 1, 0, 0), true); /* it is chosen */
    assert_int_equal(c.g[0].applied, 1);
    assert_true(paxos_members_have(&c.g[0], 4, 1));
    assert_false(paxos_members_have(&c.g[0], 5, 1));
    assert_int_equal(c.g[0].next, 5); /* no-ops up to there */
    deliver_all(&c);
    assert_int_equal(c.g[0].commit, 4);
    assert_false(paxos_may_propose(&c.g[0]));
    for (sim_node i = 3; i < 5; i++) paxos_peer_changed(&c.g[0], i, true, c.now, &c.out);
    collect(&c, 0, true);
    deliver_all(&c);
    assert_true(paxos_may_propose(&c.g[0])); /* as the new ones have promised */
    drop_all(&c);
    suggest(&c, 0, "x");
    assert_null(letter(&c, PAXOS_ACCEPT, 0, 1, 0));
    assert_non_null(letter(&c, PAXOS_ACCEPT, 0, 3, 0));
    cores_end(&c);
}

static void begin_a_whole_new_membership(void) {
    uint8_t bytes[VALUE_MEMBERS_BYTES];
    const sim_node next[] = {3, 4, 5};
    with(3, (struct paxos_config){.window = 2, .alpha = 2});
    campaign(&c, 0);
    deliver_all(&c);
    drop_all(&c);
    paxos_propose(&c.g[0], paxos_value_members_write(next, 3, bytes), 0, &c.out);
    collect(&c, 0, true);
    deliver_all(&c); /* the new ones are not reached yet */
    assert_int_equal(c.g[0].commit, 2);
    for (sim_node i = 3; i < 6; i++) paxos_peer_changed(&c.g[0], i, true, c.now, &c.out);
    collect(&c, 0, true);
}

static void no_instance_of_a_new_membership_is_proposed_before_a_quorum_of_it_has_promised(
    void **state) {
    begin_a_whole_new_membership();
    deliver(&c, letter(&c, PAXOS_PREPARE, 0, 3, 0), true);
    deliver(&c, letter(&c, PAXOS_PROMISE, 3, 0, 0), true);
    assert_false(paxos_may_propose(&c.g[0])); /* one of three */
    deliver(&c, letter(&c, PAXOS_PREPARE, 0, 4, 0), true);
    deliver(&c, letter(&c, PAXOS_PROMISE, 4, 0, 0), true);
    assert_true(paxos_may_propose(&c.g[0])); /* a proposer need not be an acceptor */
    cores_end(&c);
}

static void a_leader_that_is_no_member_leaves_when_a_quorum_of_those_knows_all(void **state) {
    begin_a_whole_new_membership();
    tick(&c, 0, 60);
    deliver_all(&c); /* heartbeats, what was chosen, and that it is known */
    assert_int_equal(c.g[4].commit, 2);
    tick(&c, 0, 60);
    deliver_all(&c);
    assert_int_equal(c.g[0].role, PAXOS_FOLLOWER);
    paxos_peer_changed(&c.g[4], 3, true, c.now, &c.out);
    paxos_peer_changed(&c.g[3], 4, true, c.now, &c.out);
    campaign(&c, 4);
    deliver_all(&c);
    assert_int_equal(c.g[4].role, PAXOS_LEADER);
    cores_end(&c);
}

static void and_if_it_dies_before_whoever_was_a_member_tells_them(void **state) {
    begin_a_whole_new_membership();
    drop_all(&c);     /* 0 is dead; 1 knows, and is no member */
    tick(&c, 1, 400); /* it has not applied the membership yet: it leads, and finds out */
    deliver_all(&c);
    for (sim_node i = 3; i < 6; i++) {
        paxos_peer_changed(&c.g[1], i, true, c.now, &c.out);
        paxos_peer_changed(&c.g[i], 1, true, c.now, &c.out);
    }
    for (int round = 0; round < 4; round++) {
        tick(&c, 1, 400);
        deliver_all(&c);
    }
    assert_int_equal(c.g[4].commit, 2);
    assert_true(paxos_members_have(&c.g[4], 3, 4));
    cores_end(&c);
}

/* "Refuse to process Paxos messages from any other replica while the lease is held." */
static void while_a_lease_is_held_nobody_else_is_promised_anything(void **state) {
    with(3, (struct paxos_config){.leases = true, .lease_ns = 200 * MS, .lease_drift_ppm = 10000});
    assert_false(paxos_campaign(&c.g[0], c.now, &c.random, &c.out)); /* it has just started */
    c.now += 201 * MS;
    campaign(&c, 0);
    deliver_all(&c); /* the first heartbeat, too */
    assert_true(paxos_lease_holds(&c.g[0], c.now));
    assert_int_equal(paxos_lease_until(&c.g[0]), c.now + 198 * MS); /* shorter, by the drift */
    assert_false(paxos_campaign(&c.g[2], c.now, &c.random, &c.out));
    c.now += 199 * MS;
    assert_false(paxos_lease_holds(&c.g[0], c.now));
    assert_false(paxos_campaign(&c.g[2], c.now, &c.random, &c.out));
    c.now += 2 * MS;
    campaign(&c, 2);
    deliver(&c, letter(&c, PAXOS_PREPARE, 2, 1, 0), true);
    assert_non_null(letter(&c, PAXOS_PROMISE, 1, 2, 0));
    cores_end(&c);
}

static void one_acceptor_with_a_lease_does_not_stop_a_candidate_that_has_a_quorum(void **state) {
    with(5, (struct paxos_config){.leases = true, .lease_ns = 200 * MS});
    c.now += 201 * MS;
    paxos_lease_grant(&c.g[1], 0, 1000, c.now);
    campaign(&c, 4);
    deliver(&c, letter(&c, PAXOS_PREPARE, 4, 1, 0), true);
    deliver(&c, letter(&c, PAXOS_REJECT, 1, 4, 0), true);
    assert_int_equal(c.g[4].role, PAXOS_CANDIDATE);
    for (int i = 2; i < 4; i++) {
        deliver(&c, letter(&c, PAXOS_PREPARE, 4, i, 0), true);
        deliver(&c, letter(&c, PAXOS_PROMISE, i, 4, 0), true);
    }
    assert_int_equal(c.g[4].role, PAXOS_LEADER);
    cores_end(&c);
}

static void and_it_is_asked_again_as_the_lease_ends(void **state) {
    with(3, (struct paxos_config){.leases = true, .lease_ns = 100 * MS});
    c.now += 201 * MS;
    paxos_lease_grant(&c.g[1], 0, 1000, c.now);
    campaign(&c, 2);
    const int64_t ballot = c.g[2].ballot;
    for (int i = 0; i < 12 && c.g[2].role == PAXOS_CANDIDATE; i++) { /* 0 is dead */
        for (size_t k = 0; k < c.letter_count; k++)
            if (c.letters[k].there && c.letters[k].to != 0) deliver(&c, &c.letters[k], true);
        drop_all(&c);
        tick(&c, 2, 10);
    }
    assert_int_equal(c.g[2].role, PAXOS_LEADER);
    assert_int_equal(c.g[2].ballot, ballot);
    cores_end(&c);
}

/* Under a lease to a ballot that it has not promised itself, an acceptor tells of that. */
static void a_candidate_gives_up_for_a_higher_ballot(void **state) {
    with(3, (struct paxos_config){.leases = true, .lease_ns = 200 * MS});
    c.now += 201 * MS;
    paxos_lease_grant(&c.g[1], 0, 7000, c.now);
    campaign(&c, 2);
    deliver(&c, letter(&c, PAXOS_PREPARE, 2, 1, 0), true);
    deliver(&c, letter(&c, PAXOS_REJECT, 1, 2, 0), true);
    assert_int_equal(c.g[2].role, PAXOS_FOLLOWER);
    assert_int_equal(c.g[2].tried, 7);
    cores_end(&c);
}

/* Or its clients would not know whom to ask. */
static void a_node_that_is_no_member_is_told_who_leads_and_learns_nothing(void **state) {
    with(3, (struct paxos_config){0});
    campaign(&c, 0);
    deliver_all(&c);
    suggest(&c, 0, "x");
    deliver_all(&c);
    paxos_members_meet(&c.g[0], 4);
    paxos_peer_changed(&c.g[0], 4, true, c.now, &c.out);
    drop_all(&c);
    tick(&c, 0, 60);
    deliver_all(&c);
    assert_int_equal(c.g[4].leader, 0);
    assert_int_equal(c.g[4].commit, 0);
    tick(&c, 4, 301); /* it hears no more */
    assert_int_equal(c.g[4].leader, SIM_NONE);
    cores_end(&c);
}

static void unless_it_takes_itself_for_one(void **state) {
    uint8_t bytes[VALUE_MEMBERS_BYTES];
    const sim_node next[] = {0, 1, 3};
    with(3, (struct paxos_config){.window = 2, .alpha = 2});
    campaign(&c, 0);
    deliver_all(&c);
    drop_all(&c);
    paxos_propose(&c.g[0], paxos_value_members_write(next, 3, bytes), 0, &c.out);
    collect(&c, 0, true);
    for (int round = 0; round < 3; round++) { /* 2 is cut off */
        for (size_t k = 0; k < c.letter_count; k++)
            if (c.letters[k].there && c.letters[k].to != 2) deliver(&c, &c.letters[k], true);
        tick(&c, 0, 60);
    }
    assert_int_equal(c.g[0].commit, 2);
    assert_false(paxos_members_any_have(&c.g[0], 2));
    assert_true(paxos_members_any_have(&c.g[2], 2));
    drop_all(&c);
    tick(&c, 0, 60);
    deliver_all(&c);
    assert_int_equal(c.g[2].role, PAXOS_FOLLOWER);
    assert_int_equal(c.g[2].leader, 0);
    assert_false(paxos_members_any_have(&c.g[2], 2));
    cores_end(&c);
}

/* It led by the membership of before, in a higher ballot than the leader of the present one, who
 * needs nobody of those. */
static void nor_one_that_led_in_a_higher_ballot(void **state) {
    uint8_t bytes[VALUE_MEMBERS_BYTES];
    const sim_node next[] = {3, 4, 5};
    with(3, (struct paxos_config){.window = 2, .alpha = 2});
    campaign(&c, 0);
    deliver_all(&c);
    paxos_propose(&c.g[0], paxos_value_members_write(next, 3, bytes), 0, &c.out);
    collect(&c, 0, true);
    deliver_all(&c);
    for (sim_node k = 3; k < 6; k++) paxos_peer_changed(&c.g[0], k, true, c.now, &c.out);
    for (int i = 0; i < 3; i++) {
        collect(&c, 0, true);
        deliver_all(&c);
        tick(&c, 0, 60);
    }
    deliver_all(&c);
    drop_all(&c);
    c.g[2].leader_ballot = ballot_make(9, 2); /* and has left since */
    tick(&c, 2, 301);
    drop_all(&c);
    for (sim_node k = 4; k < 6; k++) paxos_peer_changed(&c.g[3], k, true, c.now, &c.out);
    campaign(&c, 3);
    deliver_all(&c);
    assert_int_equal(c.g[3].role, PAXOS_LEADER);
    assert_int_equal(c.g[2].leader, 3);
    cores_end(&c);
}

/* Or a slow answer would make a lease of what was granted long ago. */
static void a_lease_counts_from_when_the_heartbeat_was_sent(void **state) {
    with(3, (struct paxos_config){.leases = true, .lease_ns = 200 * MS});
    c.now += 201 * MS;
    campaign(&c, 0);
    deliver(&c, letter(&c, PAXOS_PREPARE, 0, 1, 0), true);
    deliver(&c, letter(&c, PAXOS_PROMISE, 1, 0, 0), true);
    const int64_t sent = c.now;
    for (int i = 1; i < 3; i++) deliver(&c, letter(&c, PAXOS_HEARTBEAT, 0, i, 0), true);
    c.now += 90 * MS;
    for (int i = 1; i < 3; i++) deliver(&c, letter(&c, PAXOS_HEARD, i, 0, 0), true);
    assert_int_equal(paxos_lease_until(&c.g[0]), sent + 200 * MS);
    cores_end(&c);
}

static void and_not_before_what_it_took_over_is_applied(void **state) {
    with(3, (struct paxos_config){.leases = true, .lease_ns = 200 * MS});
    c.now += 201 * MS;
    campaign(&c, 0);
    deliver_all(&c);
    drop_all(&c);
    suggest(&c, 0, "x");
    deliver(&c, letter(&c, PAXOS_ACCEPT, 0, 1, 0), true); /* perhaps a client was told of it */
    drop_all(&c);
    c.now += 201 * MS;
    campaign(&c, 1);
    deliver(&c, letter(&c, PAXOS_PREPARE, 1, 2, 0), true);
    deliver(&c, letter(&c, PAXOS_PROMISE, 2, 1, 0), true);
    deliver(&c, letter(&c, PAXOS_HEARTBEAT, 1, 2, 0), true);
    deliver(&c, letter(&c, PAXOS_HEARD, 2, 1, 0), true);
    assert_true(paxos_lease_until(&c.g[1]) > c.now);
    assert_false(paxos_lease_holds(&c.g[1], c.now));
    deliver_all(&c);
    assert_true(paxos_lease_holds(&c.g[1], c.now));
    cores_end(&c);
}

/* It leads by the old membership, and the new one has chosen more for the leader before. */
static void and_not_before_a_quorum_of_the_present_membership_has_promised(void **state) {
    uint8_t bytes[VALUE_MEMBERS_BYTES];
    const sim_node next[] = {1, 3, 4};
    with(3, (struct paxos_config){.leases = true, .lease_ns = 200 * MS, .window = 2, .alpha = 2});
    c.now += 201 * MS;
    campaign(&c, 0);
    deliver_all(&c);
    drop_all(&c);
    paxos_propose(&c.g[0], paxos_value_members_write(next, 3, bytes), 0, &c.out);
    collect(&c, 0, true);
    deliver_all(&c);
    for (int i = 0; i < 2; i++)
        for (sim_node k = 3; k < 5; k++) paxos_peer_changed(&c.g[i], k, true, c.now, &c.out);
    collect(&c, 0, true);
    deliver_all(&c);
    drop_all(&c);
    assert_int_equal(suggest(&c, 0, "y"), 3);
    for (int i = 3; i < 5; i++) {
        deliver(&c, letter(&c, PAXOS_ACCEPT, 0, i, 0), true);
        deliver(&c, letter(&c, PAXOS_ACCEPTED_ALL, i, 0, 0), true);
    }
    assert_int_equal(c.g[0].applied, 3); /* and a client is told */
    drop_all(&c);
    c.now += 201 * MS;
    campaign(&c, 1);
    deliver(&c, letter(&c, PAXOS_PREPARE, 1, 2, 0), true);
    deliver(&c, letter(&c, PAXOS_PROMISE, 2, 1, 0), true);
    for (sim_node k = 3; k < 5; k++) paxos_peer_changed(&c.g[1], k, true, c.now, &c.out);
    collect(&c, 1, true);
    for (int round = 0; round < 3; round++) { /* 0 is dead, and phase 1 with the new ones is slow */
        for (size_t k = 0; k < c.letter_count; k++)
            if (c.letters[k].there && c.letters[k].to != 0 &&
                (c.letters[k].type != PAXOS_PREPARE || c.letters[k].to < 3))
                deliver(&c, &c.letters[k], true);
        tick(&c, 1, 60);
    }
    assert_int_equal(c.g[1].role, PAXOS_LEADER);
    assert_int_equal(c.g[1].commit, 2);
    assert_true(paxos_lease_until(&c.g[1]) > c.now);
    assert_false(paxos_lease_holds(&c.g[1], c.now));
    deliver_all(&c);
    assert_int_equal(c.g[1].commit, 3);
    assert_true(paxos_lease_holds(&c.g[1], c.now));
    cores_end(&c);
}

/* An acceptor outside the present leader's quorum of promises has promised it nothing. */
static void a_late_heartbeat_of_a_lower_ballot_takes_no_lease_away(void **state) {
    with(3, (struct paxos_config){.leases = true, .lease_ns = 200 * MS});
    c.now += 300 * MS; /* the wait after the start is over */
    const struct paxos_message present = {.type = PAXOS_HEARTBEAT, .peer = 1, .ballot = 3001};
    const struct paxos_message late = {.type = PAXOS_HEARTBEAT, .peer = 0, .ballot = 1000};
    paxos_heartbeat_received(&c.g[2], &present, c.now, &c.random, &c.out);
    collect(&c, 2, true);
    paxos_heartbeat_received(&c.g[2], &late, c.now, &c.random, &c.out);
    collect(&c, 2, true);
    assert_true(paxos_lease_stands_against(&c.g[2], 0, c.now));
    assert_false(paxos_lease_stands_against(&c.g[2], 1, c.now));
    assert_int_equal(c.g[2].leader, 1);
    cores_end(&c);
}

static void no_heartbeat_ends_the_wait_after_a_start(void **state) {
    with(3, (struct paxos_config){.leases = true, .lease_ns = 200 * MS});
    const struct paxos_message m = {.type = PAXOS_HEARTBEAT, .peer = 1, .ballot = 3001};
    paxos_heartbeat_received(&c.g[2], &m, c.now, &c.random, &c.out);
    collect(&c, 2, true);
    assert_true(paxos_lease_stands_against(&c.g[2], 1, c.now));
    assert_false(paxos_lease_stands_against(&c.g[2], 1, c.now + 201 * MS));
    cores_end(&c);
}

static void a_leader_without_a_quorum_has_no_lease_and_steps_down(void **state) {
    with(3, (struct paxos_config){.leases = true, .lease_ns = 200 * MS});
    c.now += 201 * MS;
    campaign(&c, 0);
    deliver_all(&c);
    drop_all(&c);
    tick(&c, 0, 199); /* its heartbeats are lost */
    drop_all(&c);
    assert_true(paxos_lease_holds(&c.g[0], c.now));
    tick(&c, 0, 2);
    assert_false(paxos_lease_holds(&c.g[0], c.now));
    tick(&c, 0, 150);
    assert_int_equal(c.g[0].role, PAXOS_FOLLOWER);
    cores_end(&c);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_membership_counts_alpha_instances_later),
        cmocka_unit_test(
            no_instance_of_a_new_membership_is_proposed_before_a_quorum_of_it_has_promised),
        cmocka_unit_test(a_leader_that_is_no_member_leaves_when_a_quorum_of_those_knows_all),
        cmocka_unit_test(and_if_it_dies_before_whoever_was_a_member_tells_them),
        cmocka_unit_test(while_a_lease_is_held_nobody_else_is_promised_anything),
        cmocka_unit_test(one_acceptor_with_a_lease_does_not_stop_a_candidate_that_has_a_quorum),
        cmocka_unit_test(and_it_is_asked_again_as_the_lease_ends),
        cmocka_unit_test(a_candidate_gives_up_for_a_higher_ballot),
        cmocka_unit_test(a_node_that_is_no_member_is_told_who_leads_and_learns_nothing),
        cmocka_unit_test(unless_it_takes_itself_for_one),
        cmocka_unit_test(nor_one_that_led_in_a_higher_ballot),
        cmocka_unit_test(a_lease_counts_from_when_the_heartbeat_was_sent),
        cmocka_unit_test(and_not_before_what_it_took_over_is_applied),
        cmocka_unit_test(and_not_before_a_quorum_of_the_present_membership_has_promised),
        cmocka_unit_test(a_late_heartbeat_of_a_lower_ballot_takes_no_lease_away),
        cmocka_unit_test(no_heartbeat_ends_the_wait_after_a_start),
        cmocka_unit_test(a_leader_without_a_quorum_has_no_lease_and_steps_down),
    };
    return cmocka_run_group_tests_name("models paxos members", tests, NULL, NULL);
}
