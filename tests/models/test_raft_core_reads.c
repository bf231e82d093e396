/* Raft's core: reads without the log, leases, and who may disturb a leader; after the thesis
 * (Ongaro 2014), 4.2.3, 6.2, 6.4, 9.6. */
#include "raft_core_fixture.h"

/* ---- 8, thesis 6.4: reads ---- */

static bool ask(struct cores *c, int self, int64_t number) {
    const struct raft_moment now = now_of(c);
    const bool known = raft_read(R(self), &now, number);
    take_output(c, self);
    return known;
}

static void a_read_waits_for_a_majority_to_acknowledge_the_leader(void **state) {
    struct cores *c = cores_begin(3);
    elect(c, 0);
    c->now_ns += 10;
    assert_true(ask(c, 0, 77));
    assert_int_equal(c->of[0].ready_count, 0);
    deliver_but(c, 1 << 2);
    assert_int_equal(c->of[0].ready_count, 1);
    assert_int_equal(c->of[0].ready[0].number, 77);
    assert_int_equal(c->of[0].ready[0].index, 1);
    cores_end(c);
}

static void a_deposed_leader_answers_no_read(void **state) {
    struct cores *c = cores_begin(3);
    elect(c, 0);
    stand(c, 1);
    deliver_but(c, 1);
    assert_int_equal(R(1)->role, RAFT_LEADER);
    assert_int_equal(R(0)->role, RAFT_LEADER); /* it has not heard of it */
    c->now_ns += 10;
    assert_true(ask(c, 0, 1));
    deliver(c);
    assert_int_equal(c->of[0].ready_count, 1);
    assert_true(c->of[0].ready[0].index == SIM_NONE);
    cores_end(c);
}

static void a_new_leader_reads_only_after_an_entry_of_its_term_is_committed(void **state) {
    struct cores *c = cores_begin(3);
    elect(c, 0);
    propose(c, 0, "x");
    deliver(c);
    stand(c, 1);
    while (R(1)->role != RAFT_LEADER) {
        struct letter l = letter_take(c, 0);
        receive(c, &l);
        free(l.bytes);
    }
    drop_all(c);
    c->now_ns += 10;
    ask(c, 1, 5);
    assert_int_equal(c->of[1].ready_count, 0);
    heartbeats(c);
    deliver(c);
    heartbeats(c);
    deliver(c);
    assert_int_equal(c->of[1].ready_count, 1);
    assert_true(c->of[1].ready[0].index >= 3); /* its no-op's index */
    cores_end(c);
}

static void a_follower_reads_where_the_leader_says(void **state) {
    struct cores *c = cores_begin(3);
    elect(c, 0);
    c->now_ns += 10;
    assert_true(ask(c, 1, 42));
    deliver(c);
    assert_int_equal(c->of[1].ready_count, 1);
    assert_int_equal(c->of[1].ready[0].index, 1);
    cores_end(c);
}

static void a_lease_lasts_for_the_least_timeout_less_the_drift(void **state) {
    struct raft_settings set = plain_settings();
    set.lease = true;
    set.election_min_ns = 1000000;
    set.election_max_ns = 2000000;
    set.heartbeat_ns = 100000;
    set.lease_drift_ppm = 100000; /* a tenth: 1000000 * 0.9 / 1.1 = 818181 */
    struct cores *c = cores_begin_with(3, set);
    pass(c, 1000000); /* they start as if they had just heard of a leader */
    elect(c, 0);
    const int64_t start = c->now_ns;
    assert_true(raft_leads_surely(R(0), start + 818180));
    assert_false(raft_leads_surely(R(0), start + 818182));
    ask(c, 0, 1);
    assert_int_equal(c->of[0].ready_count, 1); /* without a message */
    cores_end(c);
}

static void who_heard_a_leader_lately_elects_no_other_if_leases_count_on_it(void **state) {
    struct raft_settings set = plain_settings();
    set.lease = true;
    struct cores *c = cores_begin_with(3, set);
    pass(c, 150);
    drop_all(c);
    elect(c, 0);
    send_to(
        c, 1,
        (struct raft_message){.type = RAFT_VOTE, .peer = 2, .term = 9, .index = 9, .log_term = 9});
    assert_int_equal(R(1)->term, 1);
    crash_core(c, 1); /* it may have promised before it crashed */
    start_core(c, 1);
    send_to(
        c, 1,
        (struct raft_message){.type = RAFT_VOTE, .peer = 2, .term = 9, .index = 9, .log_term = 9});
    assert_int_equal(R(1)->term, 1);
    c->now_ns += 150;
    send_to(
        c, 1,
        (struct raft_message){.type = RAFT_VOTE, .peer = 2, .term = 9, .index = 9, .log_term = 9});
    assert_int_equal(R(1)->vote, 2);
    cores_end(c);
}

/* ---- thesis 9.6, 6.2, 4.2.3 ---- */

static void with_pre_vote_a_server_that_was_cut_off_raises_no_term(void **state) {
    struct raft_settings set = plain_settings();
    set.pre_vote = true;
    set.check_quorum = true;
    struct cores *c = cores_begin_with(3, set);
    elect(c, 0);
    for (int i = 0; i < 40; i++) {
        heartbeats(c);
        deliver_but(c, 1 << 2);
    }
    assert_int_equal(R(2)->role, RAFT_PRE_CANDIDATE);
    assert_int_equal(R(2)->term, 1);
    heartbeats(c);
    deliver(c);
    assert_int_equal(R(0)->role, RAFT_LEADER);
    assert_int_equal(R(0)->term, 1);
    assert_int_equal(R(2)->role, RAFT_FOLLOWER);
    cores_end(c);
}

/* Also where the leader does not count on it. */
static void who_hears_a_leader_would_not_vote_for_another(void **state) {
    struct raft_settings set = plain_settings();
    set.pre_vote = true;
    struct cores *c = cores_begin_with(3, set);
    elect(c, 0);
    heartbeats(c);
    deliver(c);
    for (int i = 0; i < 2; i++)
        send_to(c, i,
                (struct raft_message){
                    .type = RAFT_PRE_VOTE, .peer = 2, .term = 2, .index = 1, .log_term = 1});
    assert_int_equal(c->bag_count, 0);
    c->now_ns += 150;
    send_to(c, 1,
            (struct raft_message){
                .type = RAFT_PRE_VOTE, .peer = 2, .term = 2, .index = 1, .log_term = 1});
    assert_int_equal(c->of[1].notes[RAFT_NOTE_GRANT], 2); /* one in the election, and now */
    cores_end(c);
}

static void without_it_the_leader_is_deposed_by_who_comes_back(void **state) {
    struct cores *c = cores_begin(3);
    elect(c, 0);
    for (int i = 0; i < 40; i++) {
        heartbeats(c);
        deliver_but(c, 1 << 2);
    }
    assert_true(R(2)->term > 1);
    heartbeats(c);
    deliver(c);
    assert_int_equal(R(0)->role, RAFT_FOLLOWER);
    cores_end(c);
}

static void with_check_quorum_a_leader_alone_steps_down(void **state) {
    struct raft_settings set = plain_settings();
    set.check_quorum = true;
    struct cores *c = cores_begin_with(3, set);
    elect(c, 0);
    for (int i = 0; i < 8; i++) {
        heartbeats(c);
        drop_all(c);
    }
    assert_int_equal(R(0)->role, RAFT_FOLLOWER);
    assert_int_equal(c->of[0].notes[RAFT_NOTE_NO_QUORUM], 1);
    cores_end(c);
}

static struct cores *with_leases(void) {
    struct raft_settings set = plain_settings();
    set.lease = true;
    struct cores *c = cores_begin_with(3, set);
    pass(c, 150);
    drop_all(c);
    elect(c, 0);
    heartbeats(c);
    deliver(c);
    assert_true(raft_leads_surely(R(0), c->now_ns));
    return c;
}

static void who_has_told_another_to_stand_has_no_lease_in_that_term(void **state) {
    struct cores *c = with_leases();
    const struct raft_moment now = now_of(c);
    assert_null(raft_transfer(R(0), &now, 2));
    take_output(c, 0);
    drop_all(c); /* TimeoutNow may be on its way for long yet */
    for (int i = 0; i < 7; i++) {
        heartbeats(c);
        deliver(c);
    }
    assert_int_equal(R(0)->role, RAFT_LEADER);
    assert_int_equal(R(0)->transfer_to, RAFT_NOBODY);
    assert_false(raft_leads_surely(R(0), c->now_ns));
    cores_end(c);
}

static void nobody_votes_for_itself_against_its_own_promise(void **state) {
    struct cores *c = with_leases();
    const struct raft_moment now = now_of(c);
    assert_string_equal(raft_campaign(R(1), &now), "it has promised a leader to wait");
    take_output(c, 1);
    assert_int_equal(R(1)->term, 1);
    cores_end(c);
}

static void a_promise_holds_in_a_term_that_others_have_begun(void **state) {
    struct cores *c = with_leases();
    send_to(c, 1, (struct raft_message){.type = RAFT_APPEND_REPLY, .peer = 2, .term = 5});
    assert_int_equal(R(1)->term, 5);
    send_to(
        c, 1,
        (struct raft_message){.type = RAFT_VOTE, .peer = 2, .term = 5, .index = 9, .log_term = 9});
    assert_int_equal(R(1)->vote, RAFT_NOBODY);
    cores_end(c);
}

static void a_read_whose_question_was_lost_fails_with_the_next_heartbeats(void **state) {
    struct cores *c = cores_begin(3);
    elect(c, 0);
    assert_true(ask(c, 1, 42));
    drop_all(c);
    for (int i = 0; i < 8; i++) {
        heartbeats(c);
        deliver(c);
    }
    assert_int_equal(c->of[1].ready_count, 1);
    assert_true(c->of[1].ready[0].index == SIM_NONE);
    cores_end(c);
}

/* It never stands for election, but it must not send clients to, or wait for, who is gone. */
static void who_has_no_vote_forgets_a_leader_that_is_silent(void **state) {
    struct cores *c = cores_begin(3);
    c->members.voters.count = 2;
    c->members.learners = (struct raft_set){1, {2}};
    for (int i = 0; i < 3; i++) {
        crash_core(c, i);
        start_core(c, i);
    }
    elect(c, 0);
    heartbeats(c);
    deliver(c);
    assert_int_equal(R(2)->leader, 0);
    assert_true(ask(c, 2, 42));
    drop_all(c);
    crash_core(c, 0);
    pass(c, 300);
    assert_int_equal(R(2)->role, RAFT_FOLLOWER);
    assert_int_equal(R(2)->leader, RAFT_NOBODY);
    assert_int_equal(c->of[2].ready_count, 1);
    assert_true(c->of[2].ready[0].index == SIM_NONE);
    assert_false(ask(c, 2, 43));
    assert_true(raft_deadline(R(2)) == INT64_MAX);
    cores_end(c);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_read_waits_for_a_majority_to_acknowledge_the_leader),
        cmocka_unit_test(a_deposed_leader_answers_no_read),
        cmocka_unit_test(a_new_leader_reads_only_after_an_entry_of_its_term_is_committed),
        cmocka_unit_test(a_follower_reads_where_the_leader_says),
        cmocka_unit_test(a_lease_lasts_for_the_least_timeout_less_the_drift),
        cmocka_unit_test(who_heard_a_leader_lately_elects_no_other_if_leases_count_on_it),
        cmocka_unit_test(with_pre_vote_a_server_that_was_cut_off_raises_no_term),
        cmocka_unit_test(who_hears_a_leader_would_not_vote_for_another),
        cmocka_unit_test(without_it_the_leader_is_deposed_by_who_comes_back),
        cmocka_unit_test(with_check_quorum_a_leader_alone_steps_down),
        cmocka_unit_test(who_has_told_another_to_stand_has_no_lease_in_that_term),
        cmocka_unit_test(nobody_votes_for_itself_against_its_own_promise),
        cmocka_unit_test(a_promise_holds_in_a_term_that_others_have_begun),
        cmocka_unit_test(a_read_whose_question_was_lost_fails_with_the_next_heartbeats),
        cmocka_unit_test(who_has_no_vote_forgets_a_leader_that_is_silent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
