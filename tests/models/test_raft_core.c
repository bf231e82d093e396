/* Raft's core, rule by rule: terms, elections, the log, what is committed; after the paper (Ongaro
 * and Ousterhout 2014). */
#include "raft_core_fixture.h"

/* ---- 5.1, 5.2: terms and elections ---- */

static void a_majority_of_votes_makes_a_leader(void **state) {
    struct cores *c = cores_begin(5);
    stand(c, 0);
    assert_int_equal(R(0)->role, RAFT_CANDIDATE);
    assert_int_equal(c->bag_count, 4);
    struct letter l = letter_take(c, 0);
    receive(c, &l);
    free(l.bytes);
    assert_int_equal(R(0)->role, RAFT_CANDIDATE); /* two of five */
    deliver(c);
    assert_int_equal(R(0)->role, RAFT_LEADER);
    for (int i = 1; i < 5; i++) assert_int_equal(R(i)->leader, 0);
    cores_end(c);
}

static void a_server_votes_once_a_term_first_come_first_served(void **state) {
    struct cores *c = cores_begin(3);
    const struct raft_message ask = {.type = RAFT_VOTE, .peer = 1, .term = 5};
    send_to(c, 0, ask);
    assert_int_equal(R(0)->vote, 1);
    struct raft_message other = ask;
    other.peer = 2;
    send_to(c, 0, other);
    assert_int_equal(R(0)->vote, 1);
    assert_int_equal(c->of[0].notes[RAFT_NOTE_VOTED_ALREADY], 1);
    send_to(c, 0, ask); /* its answer was lost: it gets the vote again */
    assert_int_equal(c->of[0].facts[RAFT_FACT_VOTED], 2);
    cores_end(c);
}

static void a_vote_is_told_only_once_it_is_durable(void **state) {
    struct cores *c = cores_begin(3);
    c->syncs_at_once = false;
    send_to(c, 0, (struct raft_message){.type = RAFT_VOTE, .peer = 1, .term = 5});
    assert_int_equal(c->bag_count, 0);
    sync_core(c, 0);
    assert_int_equal(c->bag_count, 1);
    crash_core(c, 0);
    start_core(c, 0);
    assert_int_equal(R(0)->term, 5);
    assert_int_equal(R(0)->vote, 1);
    cores_end(c);
}

static void a_candidate_asks_only_once_its_term_and_own_vote_are_durable(void **state) {
    struct cores *c = cores_begin(3);
    c->syncs_at_once = false;
    stand(c, 0);
    assert_int_equal(c->bag_count, 0);
    assert_int_equal(R(0)->granted.count, 0);
    sync_core(c, 0);
    assert_int_equal(c->bag_count, 2);
    assert_int_equal(R(0)->granted.count, 1);
    cores_end(c);
}

static void a_single_server_leads_once_its_vote_is_durable(void **state) {
    struct cores *c = cores_begin(1);
    c->syncs_at_once = false;
    stand(c, 0);
    assert_int_equal(R(0)->role, RAFT_CANDIDATE);
    sync_core(c, 0);
    assert_int_equal(R(0)->role, RAFT_LEADER);
    assert_int_equal(R(0)->commit, 0);
    sync_core(c, 0);
    assert_int_equal(R(0)->commit, 1);
    cores_end(c);
}

static void a_higher_term_makes_any_server_a_follower(void **state) {
    struct cores *c = cores_begin(3);
    elect(c, 0);
    send_to(c, 0, (struct raft_message){.type = RAFT_APPEND_REPLY, .peer = 1, .term = 9});
    assert_int_equal(R(0)->role, RAFT_FOLLOWER);
    assert_int_equal(R(0)->term, 9);
    assert_int_equal(c->of[0].facts[RAFT_FACT_STEPPED_DOWN], 1);
    cores_end(c);
}

static void a_message_of_a_past_term_is_refused_with_the_term(void **state) {
    struct cores *c = cores_begin(3);
    elect(c, 0);
    elect(c, 1);
    drop_all(c);
    send_to(c, 1,
            (struct raft_message){
                .type = RAFT_APPEND, .peer = 0, .term = 1, .index = 1, .log_term = 1});
    assert_int_equal(c->bag_count, 1);
    deliver(c);
    assert_int_equal(R(0)->term, 2);
    cores_end(c);
}

static void timeouts_are_drawn_from_the_interval_anew_each_time(void **state) {
    struct cores *c = cores_begin(3);
    int64_t least = INT64_MAX, most = 0;
    for (int i = 0; i < 200; i++) {
        stand(c, 0);
        drop_all(c);
        if (R(0)->timeout_ns < least) least = R(0)->timeout_ns;
        if (R(0)->timeout_ns > most) most = R(0)->timeout_ns;
    }
    assert_in_range(least, 150, 155);
    assert_in_range(most, 295, 300);
    cores_end(c);
}

static void heartbeats_keep_followers_from_standing(void **state) {
    struct cores *c = cores_begin(3);
    elect(c, 0);
    for (int i = 0; i < 100; i++) {
        heartbeats(c);
        deliver(c);
    }
    assert_int_equal(R(0)->role, RAFT_LEADER);
    assert_int_equal(R(1)->term, 1);
    for (int i = 0; i < 200;
         i++) { /* and silence makes them, apart from each other sooner or later */
        pass(c, 10);
        deliver_but(c, 1);
    }
    assert_true(R(1)->role == RAFT_LEADER || R(2)->role == RAFT_LEADER);
    cores_end(c);
}

/* ---- 5.4.1: the election restriction ---- */

static void a_vote_goes_only_to_a_log_that_is_as_up_to_date(void **state) {
    struct cores *c = cores_begin(3);
    elect(c, 0);
    propose(c, 0, "a");
    deliver(c); /* all have 1^1, 2^1 */
    struct raft_message ask = {.type = RAFT_VOTE, .peer = 2, .term = 5, .index = 1, .log_term = 1};
    send_to(c, 1, ask);
    assert_int_equal(R(1)->vote, RAFT_NOBODY); /* shorter, same term */
    ask.index = 9;
    ask.log_term = 0;
    send_to(c, 1, ask);
    assert_int_equal(R(1)->vote, RAFT_NOBODY); /* longer, older term */
    ask.index = 1;
    ask.log_term = 2;
    send_to(c, 1, ask);
    assert_int_equal(R(1)->vote, 2); /* shorter, newer term */
    cores_end(c);
}

/* ---- 5.3: log replication ---- */

static void an_entry_on_a_majority_is_committed_and_the_others_hear_of_it(void **state) {
    struct cores *c = cores_begin(3);
    elect(c, 0);
    assert_int_equal(propose(c, 0, "x"), 2);
    assert_int_equal(R(0)->commit, 1);
    deliver_but(c, 1 << 2);
    assert_int_equal(R(0)->commit, 2);
    heartbeats(c);
    deliver(c);
    assert_int_equal(R(1)->commit, 2);
    assert_int_equal(R(2)->commit, 2);
    assert_true(raft_hash_at(R(0), 2) == raft_hash_at(R(2), 2));
    cores_end(c);
}

static void a_leader_counts_itself_only_once_its_entry_is_durable(void **state) {
    struct cores *c = cores_begin(3);
    elect(c, 0);
    c->syncs_at_once = false;
    propose(c, 0, "x");
    assert_int_equal(c->bag_count, 2); /* it does not wait to send (thesis 10.2.1) */
    struct letter l = letter_take(c, 0);
    receive(c, &l);
    free(l.bytes);
    sync_core(c, 1);
    deliver_but(c, 1 << 2);
    assert_int_equal(R(0)->commit, 1); /* one follower, and not yet itself */
    sync_core(c, 0);
    assert_int_equal(R(0)->commit, 2);
    cores_end(c);
}

static void a_follower_acknowledges_only_what_is_durable(void **state) {
    struct cores *c = cores_begin(3);
    elect(c, 0);
    c->syncs_at_once = false;
    propose(c, 0, "x");
    sync_core(c, 0);
    deliver(c);
    assert_int_equal(R(1)->last, 2);
    assert_int_equal(R(0)->commit, 1);
    heartbeats(c); /* a heartbeat is answered at once, and claims no more than is durable */
    deliver(c);
    assert_int_equal(R(0)->commit, 1);
    sync_core(c, 1);
    deliver(c);
    assert_int_equal(R(0)->commit, 2);
    cores_end(c);
}

static void the_consistency_check_refuses_what_does_not_follow(void **state) {
    struct cores *c = cores_begin(3);
    send_to(c, 0,
            (struct raft_message){
                .type = RAFT_APPEND, .peer = 1, .term = 1, .index = 3, .log_term = 1});
    assert_int_equal(c->of[0].notes[RAFT_NOTE_MISMATCH], 1);
    assert_int_equal(R(0)->last, 0);
    cores_end(c);
}

/* A leader of term 1 with entries that nobody else has, deposed by one of term 2. */
static struct cores *diverged(struct raft_settings set, int own_entries) {
    struct cores *c = cores_begin_with(3, set);
    elect(c, 0);
    for (int i = 0; i < own_entries; i++) propose(c, 0, "lost");
    drop_all(c);
    stand(c, 1);
    deliver_but(c, 1);
    assert_int_equal(R(1)->role, RAFT_LEADER);
    propose(c, 1, "kept");
    deliver_but(c, 1);
    return c;
}

static void conflicting_entries_are_replaced_by_the_leaders(void **state) {
    struct cores *c = diverged(plain_settings(), 20);
    assert_int_equal(R(0)->last, 21);
    for (int i = 0; i < 4; i++) {
        heartbeats(c);
        deliver(c);
    }
    assert_int_equal(R(0)->last, 3);
    assert_true(raft_hash_at(R(0), 3) == raft_hash_at(R(1), 3));
    assert_int_equal(c->of[0].facts[RAFT_FACT_TRUNCATED], 1);
    assert_int_equal(R(0)->commit, 3);
    cores_end(c);
}

/* A follower with 30 entries of a term that the leader has not: by one, 30 refusals; by the hint,
 * one. */
static int64_t refusals(bool hint) {
    struct raft_settings set = plain_settings();
    set.hint = hint;
    struct cores *c = diverged(set, 30);
    for (int i = 0; i < 40;
         i++) { /* the leader has more than the deposed one, so that it must go back */
        propose(c, 1, "more");
        deliver_but(c, 1);
    }
    stand(c, 2); /* a leader that knows nothing of it */
    deliver_but(c, 1);
    assert_int_equal(R(2)->role, RAFT_LEADER);
    heartbeats(c);
    deliver(c);
    heartbeats(c);
    deliver(c);
    assert_true(raft_hash_at(R(0), R(0)->last) == raft_hash_at(R(2), R(0)->last));
    const int64_t count = c->of[0].notes[RAFT_NOTE_MISMATCH];
    cores_end(c);
    return count;
}
static void the_followers_hint_saves_a_refusal_for_each_entry(void **state) {
    assert_in_range(refusals(true), 1, 3);
    assert_in_range(refusals(false), 30, 50);
}

static void an_old_append_entries_cuts_nothing_off(void **state) {
    struct cores *c = cores_begin(3);
    elect(c, 0);
    propose(c, 0, "a");
    struct letter old = c->bag[0]; /* for 1 or 2; kept */
    uint8_t bytes[256];
    assert_true(old.size <= sizeof bytes);
    memcpy(bytes, old.bytes, old.size);
    old.bytes = bytes;
    deliver(c);
    propose(c, 0, "b");
    deliver(c);
    assert_int_equal(R((int)old.to)->last, 3);
    receive(c, &old);
    assert_int_equal(R((int)old.to)->last, 3);
    cores_end(c);
}

static void entries_are_sent_before_those_before_are_answered(void **state) {
    struct cores *c = cores_begin(3);
    elect(c, 0);
    for (int i = 0; i < 5; i++) propose(c, 0, "x");
    assert_int_equal(c->bag_count, 10);
    assert_int_equal(R(0)->progress[0].in_flight_count, 5);
    for (int i = 0; i < 10; i++) propose(c, 0, "x"); /* the pipeline holds 8 */
    assert_int_equal(R(0)->progress[0].in_flight_count, 8);
    deliver(c);
    assert_int_equal(R(0)->commit, 16);
    assert_int_equal(R(0)->progress[0].in_flight_count, 0);
    cores_end(c);
}

static void a_lost_append_is_found_by_the_next_and_sent_again(void **state) {
    struct cores *c = cores_begin(3);
    elect(c, 0);
    propose(c, 0, "a");
    drop_all(c);
    propose(c, 0, "b");
    deliver(c);
    assert_int_equal(R(1)->last, 3);
    assert_int_equal(R(0)->commit, 3);
    cores_end(c);
}

/* ---- 5.4.2: figure 8 ---- */

static void an_entry_of_an_earlier_term_is_not_committed_by_counting(void **state) {
    struct cores *c = cores_begin(3);
    elect(c, 0);
    propose(c, 0, "old");
    drop_all(c);
    crash_core(c, 0);
    start_core(c, 0);
    stand(c, 0);
    deliver_but(
        c, 1 << 2); /* leads in term 2, and its entries, the old one too, are on two of three */
    assert_int_equal(R(0)->commit, 3);
    cores_end(c);

    c = cores_begin(3);
    elect(c, 0);
    propose(c, 0, "old");
    drop_all(c);
    stand(c, 0); /* the leader does not stand: nothing */
    const struct raft_moment now = now_of(c);
    crash_core(c, 0);
    start_core(c, 0);
    stand(c, 0);
    while (R(0)->role != RAFT_LEADER) {
        struct letter l = letter_take(c, 0);
        receive(c, &l);
        free(l.bytes);
    }
    drop_all(c);
    /* Only the old entry is acknowledged, by a majority with the leader itself. */
    const struct raft_message reply = {.type = RAFT_APPEND_REPLY,
                                       .peer = 1,
                                       .term = 2,
                                       .index = 2,
                                       .ok = true,
                                       .stamp = now.now_ns};
    send_to(c, 0, reply);
    assert_int_equal(R(0)->progress[0].match, 2);
    assert_int_equal(R(0)->commit, 0);
    cores_end(c);
}

/* ---- restarts ---- */

static void what_was_not_synced_is_gone_and_what_was_is_there(void **state) {
    struct cores *c = cores_begin(3);
    elect(c, 0);
    propose(c, 0, "durable");
    deliver(c);
    c->syncs_at_once = false;
    propose(c, 0, "lost");
    deliver(c);
    crash_core(c, 1);
    start_core(c, 1);
    assert_int_equal(R(1)->last, 2);
    assert_int_equal(R(1)->term, 1);
    assert_int_equal(R(0)->commit, 2); /* nobody had acknowledged it */
    cores_end(c);
}

static void malformed_messages_are_refused(void **state) {
    struct cores *c = cores_begin(2);
    elect(c, 0);
    propose(c, 0, "x");
    const struct letter l = c->bag[0];
    struct raft_message m;
    for (size_t size = 0; size < 8 + 8 + 8 + 8 + 8 + 4; size++)
        assert_false(raft_message_read(l.type, (struct sim_bytes){l.bytes, size}, &m));
    assert_false(raft_message_read(RAFT_TYPES, (struct sim_bytes){l.bytes, l.size}, &m));
    /* Cut inside the entries: what is whole is taken. */
    assert_true(raft_message_read(l.type, (struct sim_bytes){l.bytes, l.size - 1}, &m));
    m.peer = 0;
    send_to(c, 1, m);
    assert_int_equal(R(1)->last, 1);
    cores_end(c);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_majority_of_votes_makes_a_leader),
        cmocka_unit_test(a_server_votes_once_a_term_first_come_first_served),
        cmocka_unit_test(a_vote_is_told_only_once_it_is_durable),
        cmocka_unit_test(a_candidate_asks_only_once_its_term_and_own_vote_are_durable),
        cmocka_unit_test(a_single_server_leads_once_its_vote_is_durable),
        cmocka_unit_test(a_higher_term_makes_any_server_a_follower),
        cmocka_unit_test(a_message_of_a_past_term_is_refused_with_the_term),
        cmocka_unit_test(timeouts_are_drawn_from_the_interval_anew_each_time),
        cmocka_unit_test(heartbeats_keep_followers_from_standing),
        cmocka_unit_test(a_vote_goes_only_to_a_log_that_is_as_up_to_date),
        cmocka_unit_test(an_entry_on_a_majority_is_committed_and_the_others_hear_of_it),
        cmocka_unit_test(a_leader_counts_itself_only_once_its_entry_is_durable),
        cmocka_unit_test(a_follower_acknowledges_only_what_is_durable),
        cmocka_unit_test(the_consistency_check_refuses_what_does_not_follow),
        cmocka_unit_test(conflicting_entries_are_replaced_by_the_leaders),
        cmocka_unit_test(the_followers_hint_saves_a_refusal_for_each_entry),
        cmocka_unit_test(an_old_append_entries_cuts_nothing_off),
        cmocka_unit_test(entries_are_sent_before_those_before_are_answered),
        cmocka_unit_test(a_lost_append_is_found_by_the_next_and_sent_again),
        cmocka_unit_test(an_entry_of_an_earlier_term_is_not_committed_by_counting),
        cmocka_unit_test(what_was_not_synced_is_gone_and_what_was_is_there),
        cmocka_unit_test(malformed_messages_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
