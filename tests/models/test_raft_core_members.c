/* Raft's core: handing over, members that come and go; after the paper (6) and the thesis (3.10,
 * 4). */
#include "raft/core/internal.h"
#include "raft_core_fixture.h"

/* ---- thesis 3.10: transfer ---- */

static void leadership_goes_to_whom_it_is_given_once_it_has_all(void **state) {
    struct cores *c = cores_begin(3);
    elect(c, 0);
    propose(c, 0, "x");
    const struct raft_moment now = now_of(c);
    assert_null(raft_transfer(R(0), &now, 2));
    take_output(c, 0);
    assert_int_equal(propose(c, 0, "y"), 0);
    deliver(c);
    assert_int_equal(R(2)->role, RAFT_LEADER);
    assert_int_equal(R(0)->role, RAFT_FOLLOWER);
    assert_int_equal(R(2)->term, 2);
    cores_end(c);
}

static void a_transfer_that_fails_is_given_up_after_a_timeout(void **state) {
    struct cores *c = cores_begin(3);
    elect(c, 0);
    propose(c, 0, "x");
    drop_all(c);
    const struct raft_moment now = now_of(c);
    assert_null(raft_transfer(R(0), &now, 2));
    take_output(c, 0);
    for (int i = 0; i < 7; i++) {
        heartbeats(c);
        deliver_but(c, 1 << 2);
    }
    assert_int_equal(R(0)->role, RAFT_LEADER);
    assert_int_equal(c->of[0].notes[RAFT_NOTE_TRANSFER_FAILED], 1);
    assert_true(propose(c, 0, "y") > 0);
    cores_end(c);
}

/* ---- 6, thesis 4: membership ---- */

static const char *change_to(struct cores *c, int leader, unsigned voters, unsigned learners) {
    struct raft_configuration wanted = {0};
    for (unsigned i = 0; i < CORES_MAX; i++) {
        if (voters >> i & 1) raft_set_add(&wanted.voters, i);
        if (learners >> i & 1) raft_set_add(&wanted.learners, i);
    }
    const struct raft_moment now = now_of(c);
    const char *problem = raft_change(R(leader), &now, &wanted);
    take_output(c, leader);
    raft_flush(R(leader), &now);
    take_output(c, leader);
    return problem;
}

/* Three members, and two more servers that wait. */
static struct cores *with_spares(struct raft_settings set) {
    struct cores *c = cores_begin_with(5, set);
    c->members.voters.count = 3;
    for (int i = 0; i < 5; i++) {
        crash_core(c, i);
        start_core(c, i);
    }
    elect(c, 0);
    return c;
}

static void a_configuration_is_in_force_as_soon_as_it_is_in_the_log(void **state) {
    struct cores *c = with_spares(plain_settings());
    assert_null(change_to(c, 0, 0x0f, 0));
    assert_int_equal(raft_configuration_of(R(0))->voters.count, 4);
    assert_int_equal(R(0)->commit, 1);
    deliver(c);
    assert_int_equal(R(0)->commit, 2);
    assert_int_equal(raft_configuration_of(R(3))->voters.count, 4);
    cores_end(c);
}

static void one_change_at_a_time(void **state) {
    struct cores *c = with_spares(plain_settings());
    assert_null(change_to(c, 0, 0x0f, 0));
    assert_non_null(change_to(c, 0, 0x1f, 0));
    deliver(c);
    assert_null(change_to(c, 0, 0x1f, 0));
    cores_end(c);
}

static void no_change_before_an_entry_of_the_leaders_term_is_committed(void **state) {
    struct cores *c = with_spares(plain_settings());
    stand(c, 1);
    while (R(1)->role != RAFT_LEADER) {
        struct letter l = letter_take(c, 0);
        receive(c, &l);
        free(l.bytes);
    }
    assert_string_equal(change_to(c, 1, 0x0f, 0), "no entry of its own term is committed yet");
    deliver(c);
    assert_null(change_to(c, 1, 0x0f, 0));
    cores_end(c);
}

static void a_larger_change_goes_through_a_joint_configuration(void **state) {
    struct cores *c = with_spares(plain_settings());
    assert_null(change_to(c, 0, 0x18 | 0x01, 0)); /* 0, 3, 4 in place of 0, 1, 2 */
    assert_true(raft_is_joint(raft_configuration_of(R(0))));
    deliver_but(c, 1 << 3 | 1 << 4); /* a majority of the old alone is not enough */
    assert_int_equal(R(0)->commit, 1);
    heartbeats(c);
    deliver(c);
    heartbeats(c);
    deliver(c);
    assert_false(raft_is_joint(raft_configuration_of(R(0))));
    assert_int_equal(raft_configuration_of(R(0))->voters.count, 3);
    assert_int_equal(R(0)->commit, 3);
    assert_int_equal(R(0)->progress_count, 2);
    cores_end(c);
}

static void a_leader_that_is_left_out_steps_down_when_that_is_committed(void **state) {
    struct cores *c = with_spares(plain_settings());
    assert_null(change_to(c, 0, 0x06, 0));
    assert_int_equal(R(0)->role, RAFT_LEADER);
    deliver(c);
    assert_int_equal(R(0)->role, RAFT_FOLLOWER);
    assert_int_equal(c->of[0].notes[RAFT_NOTE_LEFT_OUT], 1);
    pass(c, 10000);
    assert_int_equal(R(0)->role, RAFT_FOLLOWER); /* and never stands again */
    cores_end(c);
}

static void a_server_that_is_to_go_still_stands_until_that_is_committed(void **state) {
    struct raft_settings set = plain_settings();
    struct cores *c = cores_begin_with(2, set);
    elect(c, 0);
    assert_null(change_to(c, 0, 1 << 1, 0));
    drop_all(c); /* the other never hears of it, and cannot win against the longer log */
    crash_core(c, 0);
    start_core(c, 0);
    stand(c, 1);
    deliver(c);
    assert_int_equal(R(1)->role, RAFT_CANDIDATE);
    pass(c, 1000);
    for (int i = 0; i < 100 && R(1)->commit < 2; i++) {
        deliver(c);
        pass(c, 30);
    }
    assert_int_equal(raft_configuration_of(R(1))->voters.count, 1);
    assert_true(R(1)->commit >= 2);
    cores_end(c);
}

static void learners_get_the_log_and_have_no_vote(void **state) {
    struct cores *c = with_spares(plain_settings());
    assert_null(change_to(c, 0, 0x07, 0x08));
    deliver(c);
    propose(c, 0, "x");
    deliver_but(c, 1 << 1 | 1 << 2);
    assert_int_equal(R(3)->last, 3);
    assert_int_equal(R(0)->commit, 2); /* two copies, one of a learner */
    pass(c, 10000);
    assert_int_equal(R(3)->role, RAFT_FOLLOWER);
    cores_end(c);
}

static void a_configuration_that_is_cut_off_is_in_force_no_more(void **state) {
    struct cores *c = with_spares(plain_settings());
    assert_null(change_to(c, 0, 0x0f, 0));
    drop_all(c);
    stand(c, 1);
    deliver_but(c, 1);
    assert_int_equal(R(1)->role, RAFT_LEADER);
    heartbeats(c);
    deliver(c);
    assert_int_equal(raft_configuration_of(R(0))->voters.count, 3);
    cores_end(c);
}

/* ---- thesis 4.2.1: who has caught up ---- */

static void who_lags_by_less_than_an_election_timeout_has_caught_up(void **state) {
    struct cores *c = with_spares(plain_settings());
    assert_null(change_to(c, 0, 0x07, 0x08));
    assert_false(raft_caught_up(R(0), c->now_ns, 3));
    deliver(c);
    struct letter late[64];
    size_t late_count = 0;
    for (int i = 0; i < 30; i++) { /* an entry each heartbeat; its answers take two of them */
        propose(c, 0, "x");
        heartbeats(c);
        const size_t answered = late_count;
        while (c->bag_count > 0) {
            const struct letter l = letter_take(c, 0);
            if (l.from != 3) {
                receive(c, &l);
                free(l.bytes);
            } else {
                late[late_count++] = l;
            }
        }
        for (size_t k = 0; i % 3 == 2 && k < answered; k++) {
            receive(c, &late[k]);
            free(late[k].bytes);
        }
        if (i % 3 != 2) continue;
        memmove(late, late + answered, (late_count -= answered) * sizeof *late);
    }
    assert_true(R(0)->progress[2].match < R(0)->commit);
    assert_true(raft_caught_up(R(0), c->now_ns, 3));
    for (size_t k = 0; k < late_count; k++) free(late[k].bytes);
    pass(c, 300);
    drop_all(c);
    assert_false(raft_caught_up(R(0), c->now_ns, 3)); /* silent since */
    cores_end(c);
}

static void a_new_leader_does_not_know_yet_who_has_caught_up(void **state) {
    struct cores *c = with_spares(plain_settings());
    assert_null(change_to(c, 0, 0x07, 0x08));
    deliver_but(c, 1 << 3);
    stand(c, 1);
    deliver_but(c, 1 << 3);
    assert_int_equal(R(1)->role, RAFT_LEADER);
    assert_int_equal(R(1)->commit, R(1)->last);
    assert_false(raft_caught_up(R(1), c->now_ns, 3)); /* it has nothing */
    heartbeats(c);
    deliver(c);
    heartbeats(c);
    deliver(c);
    assert_true(raft_caught_up(R(1), c->now_ns, 3));
    cores_end(c);
}

/* ---- 7: where the log begins ---- */

static void a_base_forgets_the_configurations_of_what_is_gone(void **state) {
    struct cores *c = with_spares(plain_settings());
    assert_null(change_to(c, 0, 0x07, 0x08));
    deliver(c);
    assert_int_equal(raft_configuration_of(R(1))->learners.count, 1);
    raft_restore_base(R(1), 1, 2, 5); /* another history's */
    assert_int_equal(raft_configuration_of(R(1))->learners.count, 0);
    assert_int_equal(raft_configuration_index(R(1)), 0);
    cores_end(c);
}

/* After a snapshot the log is written anew, into another segment. At a start the old segment is
 * read, and then as much of the new one as there is. */
static void what_is_written_anew_behind_a_base_takes_nothing_away_if_it_is_torn(void **state) {
    struct cores *c = with_spares(plain_settings());
    assert_null(change_to(c, 0, 0x07, 0x08));
    deliver(c);
    for (int i = 0; i < 4; i++) propose(c, 0, "x");
    deliver(c);
    const uint64_t hash = raft_hash_at(R(0), 6);
    const struct raft_entry third = *raft_entry_at(R(0), 3), fourth = *raft_entry_at(R(0), 4);
    crash_core(c, 1);
    start_core(c, 1);
    raft_restore_base(R(1), 2, 1, raft_hash_at(R(0), 2));
    assert_true(raft_restore_entry(R(1), 3, &third));
    assert_true(raft_restore_entry(R(1), 4, &fourth)); /* and here it ends */
    assert_int_equal(R(1)->base, 2);
    assert_int_equal(R(1)->last, 6);
    assert_int_equal(R(1)->stable, 6);
    assert_true(raft_hash_at(R(1), 6) == hash);
    assert_int_equal(raft_configuration_of(R(1))->learners.count, 1);
    struct raft_entry other = fourth;
    other.term = 2;
    assert_true(
        raft_restore_entry(R(1), 4, &other)); /* one of another leader replaces all from it on */
    assert_int_equal(R(1)->last, 4);
    cores_end(c);
}

static void sixteen_old_voters_and_sixteen_new_ones_can_elect(void **state) {
    struct raft_configuration joint = {0};
    struct raft_set votes = {0};
    for (sim_node i = 0; i < RAFT_MEMBERS_MAX; i++) {
        raft_set_add(&joint.voters, 100 + i);
        raft_set_add(&joint.outgoing, i);
    }
    for (sim_node i = 0; i < 9; i++) raft_set_add(&votes, i);
    assert_false(majority_in(&joint, &votes));
    for (sim_node i = 0; i < 9; i++) raft_set_add(&votes, 100 + i);
    assert_true(majority_in(&joint, &votes));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(leadership_goes_to_whom_it_is_given_once_it_has_all),
        cmocka_unit_test(a_transfer_that_fails_is_given_up_after_a_timeout),
        cmocka_unit_test(a_configuration_is_in_force_as_soon_as_it_is_in_the_log),
        cmocka_unit_test(one_change_at_a_time),
        cmocka_unit_test(no_change_before_an_entry_of_the_leaders_term_is_committed),
        cmocka_unit_test(a_larger_change_goes_through_a_joint_configuration),
        cmocka_unit_test(a_leader_that_is_left_out_steps_down_when_that_is_committed),
        cmocka_unit_test(a_server_that_is_to_go_still_stands_until_that_is_committed),
        cmocka_unit_test(learners_get_the_log_and_have_no_vote),
        cmocka_unit_test(a_configuration_that_is_cut_off_is_in_force_no_more),
        cmocka_unit_test(who_lags_by_less_than_an_election_timeout_has_caught_up),
        cmocka_unit_test(a_new_leader_does_not_know_yet_who_has_caught_up),
        cmocka_unit_test(a_base_forgets_the_configurations_of_what_is_gone),
        cmocka_unit_test(what_is_written_anew_behind_a_base_takes_nothing_away_if_it_is_torn),
        cmocka_unit_test(sixteen_old_voters_and_sixteen_new_ones_can_elect),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
