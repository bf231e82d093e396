/* Raft's core: snapshots, and how they get to who lags behind; after the paper (7). */
#include "raft/core/internal.h"
#include "raft_core_fixture.h"

static void compact(struct cores *c, int self, int64_t index, int64_t trailing) {
    static const uint8_t bytes[40] = "the state machine, in forty bytes";
    assert_true(raft_compact(R(self), index, (struct sim_bytes){bytes, sizeof bytes}, 0, trailing));
    take_output(c, self);
}

/* A leader of three with twenty entries, a snapshot of eighteen, and one who has none of them. */
static struct cores *left_behind(void) {
    struct cores *c = cores_begin(3);
    elect(c, 0);
    for (int i = 0; i < 20; i++) {
        propose(c, 0, "x");
        deliver_but(c, 1 << 2);
    }
    compact(c, 0, 18, 0);
    const struct raft_moment now = now_of(c);
    raft_unreachable(R(0), &now, 2);
    c->of[0].r.progress[1].next = c->of[0].r.progress[1].match + 1;
    heartbeats(c);
    return c;
}

static void who_is_too_far_behind_is_sent_a_snapshot_in_chunks(void **state) {
    struct cores *c = left_behind();
    deliver(c);
    assert_int_equal(R(2)->incoming.index, 18);
    assert_int_equal(R(2)->incoming_size, 40); /* 16 + 16 + 8 */
    assert_true(R(2)->installing);
    assert_int_equal(R(2)->base, 0);
    const struct raft_moment later = now_of(c);
    assert_true(raft_installed(R(2), &later)); /* it is durable */
    take_output(c, 2);
    assert_int_equal(R(2)->base, 18);
    assert_int_equal(R(2)->commit, 18);
    assert_memory_equal(R(2)->snapshot.bytes, R(0)->snapshot.bytes, 40);
    deliver(c);
    assert_int_equal(R(2)->last, 21);
    assert_true(raft_hash_at(R(2), 21) == raft_hash_at(R(0), 21));
    cores_end(c);
}

static void entries_behind_a_snapshot_stay_if_the_log_agrees_with_it(void **state) {
    struct cores *c = cores_begin(3);
    elect(c, 0);
    for (int i = 0; i < 5; i++) propose(c, 0, "x");
    deliver(c);
    const struct raft_snapshot at_four = {.index = 4,
                                          .term = 1,
                                          .hash = raft_hash_at(R(0), 4),
                                          .configuration = c->members,
                                          .bytes = (uint8_t *)(uintptr_t) "s",
                                          .size = 1};
    crash_core(c, 2);
    start_core(c, 2);
    assert_false(raft_restore_snapshot(R(2), &at_four));
    assert_int_equal(R(2)->last, 6);
    crash_core(c, 2);
    start_core(c, 2);
    struct raft_snapshot other = at_four;
    other.term = 3; /* of another history */
    assert_true(raft_restore_snapshot(R(2), &other));
    assert_int_equal(R(2)->last, 4);
    assert_int_equal(R(2)->base, 4);
    cores_end(c);
}

static void no_newer_snapshot_takes_the_place_of_one_that_is_being_sent(void **state) {
    struct cores *c = cores_begin(3);
    elect(c, 0);
    for (int i = 0; i < 20; i++) {
        propose(c, 0, "x");
        deliver_but(c, 1 << 2);
    }
    compact(c, 0, 10, 0);
    const struct raft_moment now = now_of(c);
    raft_unreachable(R(0), &now, 2);
    R(0)->progress[1].next = 1;
    heartbeats(c);
    assert_int_equal(R(0)->progress[1].flow, RAFT_SENDING_SNAPSHOT);
    assert_false(raft_compact(R(0), 18, (struct sim_bytes){(const uint8_t *)"s", 1}, 0, 0));
    cores_end(c);
}

/* ---- over links that are slow, long or broken ---- */

static int chunks_under_way(const struct cores *c) {
    int count = 0;
    for (size_t i = 0; i < c->bag_count; i++) count += c->bag[i].type == RAFT_SNAPSHOT;
    return count;
}
static size_t chunk_bytes_under_way(const struct cores *c) {
    size_t bytes = 0;
    for (size_t i = 0; i < c->bag_count; i++) {
        struct raft_message m;
        if (c->bag[i].type != RAFT_SNAPSHOT) continue;
        assert_true(raft_message_read(RAFT_SNAPSHOT,
                                      (struct sim_bytes){c->bag[i].bytes, c->bag[i].size}, &m));
        bytes += m.bytes.size - (3 + 3 * 4); /* after a configuration of three voters */
    }
    return bytes;
}

/* The first message of that type in the bag is delivered; all others stay. */
static void deliver_one(struct cores *c, enum raft_type type) {
    size_t i = 0;
    while (i < c->bag_count && c->bag[i].type != type) i++;
    assert_true(i < c->bag_count);
    const struct letter l = letter_take(c, i);
    receive(c, &l);
    free(l.bytes);
}
static void install(struct cores *c) {
    deliver(c);
    assert_true(R(2)->installing);
    const struct raft_moment now = now_of(c);
    assert_true(raft_installed(R(2), &now));
    take_output(c, 2);
}

static void a_snapshot_that_was_broken_off_goes_on_where_it_was(void **state) {
    struct cores *c = left_behind();
    assert_int_equal(chunk_bytes_under_way(c), 16);
    deliver_one(c, RAFT_SNAPSHOT);
    deliver_one(c, RAFT_SNAPSHOT_REPLY);
    deliver_one(c, RAFT_SNAPSHOT);
    assert_int_equal(R(2)->incoming_size, 32);
    drop_all(c);
    const struct raft_moment now = now_of(c);
    raft_unreachable(R(0), &now, 2);
    heartbeats(c);
    deliver_one(c, RAFT_SNAPSHOT); /* the first again: it says what it has */
    assert_int_equal(R(2)->incoming_size, 32);
    deliver_one(c, RAFT_SNAPSHOT_REPLY);
    assert_int_equal(R(0)->progress[1].offset, 32);
    install(c);
    deliver(c);
    assert_int_equal(R(2)->last, 21);
    cores_end(c);
}

static void nothing_of_it_is_sent_again_while_it_is_written(void **state) {
    struct cores *c = left_behind();
    deliver(c);
    assert_true(R(2)->installing);
    assert_int_equal(R(0)->progress[1].offset, 40);
    for (int i = 0; i < 20; i++) {
        heartbeats(c);
        assert_int_equal(chunk_bytes_under_way(c), 0);
        deliver(c);
    }
    const struct raft_moment now = now_of(c);
    assert_true(raft_installed(R(2), &now));
    take_output(c, 2);
    drop_all(c); /* the answer is lost: it is asked for again */
    for (int i = 0; i < 14; i++) {
        heartbeats(c);
        deliver(c);
    }
    assert_int_equal(R(0)->progress[1].match, 21);
    cores_end(c);
}

static void another_leaders_snapshot_is_taken_from_its_beginning(void **state) {
    struct cores *c = left_behind();
    deliver_one(c, RAFT_SNAPSHOT);
    assert_int_equal(R(2)->incoming_size, 16);
    drop_all(c);
    stand(c, 1);
    deliver_but(c, 1 << 2);
    assert_int_equal(R(1)->role, RAFT_LEADER);
    compact(c, 1, 18, 0);
    R(1)->progress[1].next = 1;
    heartbeats(c);
    deliver_one(c, RAFT_SNAPSHOT);
    assert_int_equal(R(2)->incoming_size, 16); /* not 32: the first chunk, once more */
    assert_int_equal(R(2)->incoming_term, 2);
    cores_end(c);
}

/* Leases count on it. */
static void one_leaders_clock_is_given_back_to_no_other(void **state) {
    struct cores *c = left_behind();
    deliver(c);
    assert_true(R(2)->installing);
    R(2)->incoming_stamp = c->now_ns + 1000000; /* that leader's clock was ahead */
    elect(c, 1);
    const struct raft_moment now = now_of(c);
    assert_false(raft_installed(R(2), &now)); /* it has all by the log */
    take_output(c, 2);
    deliver(c);
    assert_int_equal(R(1)->progress[1].match, 22);
    assert_true(R(1)->progress[1].acked_ns <= c->now_ns);
    cores_end(c);
}

static void what_follows_a_snapshot_stays_until_it_has_been_caught_up_with(void **state) {
    struct cores *c = left_behind();
    install(c);
    deliver_one(c, RAFT_SNAPSHOT_REPLY);
    drop_all(c);
    for (int i = 0; i < 20; i++) {
        propose(c, 0, "x");
        deliver_but(c, 1 << 2);
    }
    assert_int_equal(R(0)->commit, 41);
    compact(c, 0, 41, 0);
    assert_int_equal(R(0)->base, 18);
    heartbeats(c);
    deliver(c);
    heartbeats(c);
    deliver(c);
    assert_int_equal(R(2)->last, 41);
    assert_int_equal(c->of[0].notes[RAFT_NOTE_SEND_SNAPSHOT], 1);
    propose(c, 0, "x");
    deliver(c);
    compact(c, 0, 42, 0);
    assert_int_equal(R(0)->base, 42); /* and goes, then */
    cores_end(c);
}

static void but_not_if_another_snapshot_is_less_to_send(void **state) {
    struct cores *c = left_behind();
    install(c);
    deliver_one(c, RAFT_SNAPSHOT_REPLY);
    drop_all(c);
    for (int i = 0; i < 20; i++) {
        propose(c, 0, "more than a fortieth");
        deliver_but(c, 1 << 2);
    }
    compact(c, 0, 41, 0);
    assert_int_equal(R(0)->base, 41);
    cores_end(c);
}

/* Who loses what has come, and has to be sent it anew, does not keep the log for ever. */
static void nor_while_one_crashes_again_and_again(void **state) {
    struct cores *c = left_behind();
    deliver_one(c, RAFT_SNAPSHOT);
    deliver_one(c, RAFT_SNAPSHOT_REPLY);
    for (int i = 0; i < 30; i++) propose(c, 0, "of more than forty bytes");
    deliver_but(c, 1 << 2);
    static const uint8_t bytes[40] = "the state machine, somewhat later";
    const struct sim_bytes newer = {bytes, sizeof bytes};
    assert_false(raft_compact(R(0), R(0)->commit, newer, 0, 0)); /* it has some of it */
    crash_core(c, 2);
    start_core(c, 2);
    const struct raft_moment now = now_of(c);
    raft_unreachable(R(0), &now, 2);
    heartbeats(c);
    deliver_one(c, RAFT_SNAPSHOT);
    deliver_one(c, RAFT_SNAPSHOT_REPLY); /* nothing */
    assert_int_equal(R(0)->progress[1].offset, 0);
    compact(c, 0, R(0)->commit, 0);
    assert_int_equal(R(0)->base, R(0)->commit);
    heartbeats(c);
    deliver(c);
    assert_int_equal(R(2)->incoming.index, R(0)->commit);
    install(c);
    deliver(c);
    assert_int_equal(R(2)->last, R(0)->last);
    cores_end(c);
}

static void nor_while_a_stream_breaks_before_any_of_it_has_come(void **state) {
    struct cores *c = left_behind();
    deliver_but(c, 1 << 2);
    for (int i = 0; i < 30; i++) propose(c, 0, "of more than forty bytes");
    deliver_but(c, 1 << 2);
    const struct raft_moment now = now_of(c);
    raft_unreachable(R(0), &now, 2);
    heartbeats(c);
    assert_int_equal(chunks_under_way(c), 1);
    compact(c, 0, R(0)->commit, 0);
    assert_int_equal(R(0)->base, R(0)->commit);
    cores_end(c);
}

static void a_state_machine_may_have_nothing_to_say(void **state) {
    struct cores *c = cores_begin(3);
    elect(c, 0);
    propose(c, 0, "x");
    deliver_but(c, 1 << 2);
    assert_true(raft_compact(R(0), 2, (struct sim_bytes){NULL, 0}, 0, 0));
    take_output(c, 0);
    const struct raft_moment now = now_of(c);
    raft_unreachable(R(0), &now, 2);
    R(0)->progress[1].next = 1;
    heartbeats(c);
    install(c);
    deliver(c);
    assert_int_equal(R(2)->commit, 2);
    cores_end(c);
}

static void nothing_is_kept_for_who_does_not_answer(void **state) {
    struct cores *c = left_behind();
    drop_all(c);
    assert_false(raft_compact(R(0), 20, (struct sim_bytes){(const uint8_t *)"s", 1}, 0, 0));
    for (int i = 0; i < 20 * 6 + 1; i++) { /* twenty election timeouts */
        heartbeats(c);
        deliver_but(c, 1 << 2);
    }
    compact(c, 0, 20, 0);
    assert_int_equal(R(0)->base, 20);
    cores_end(c);
}

/* Its answers are late by more than an election timeout, but it answers. */
static void a_snapshot_goes_over_a_long_link_too(void **state) {
    struct cores *c = left_behind();
    drop_all(c);
    for (int i = 0; i < 20 * 6 + 1; i++) { /* it was silent until now */
        heartbeats(c);
        deliver_but(c, 1 << 2);
    }
    assert_int_equal(R(0)->progress[1].flow, RAFT_PROBE);
    send_to(c, 0,
            (struct raft_message){.type = RAFT_APPEND_REPLY,
                                  .peer = 2,
                                  .term = 1,
                                  .index = 21,
                                  .stamp = c->now_ns - 400});
    assert_int_equal(chunks_under_way(c), 0);
    heartbeats(c);
    assert_int_equal(chunks_under_way(c), 1);
    cores_end(c);
}

static void an_answer_that_comes_late_or_twice_begins_no_second_stream_of_chunks(void **state) {
    struct cores *c = left_behind();
    deliver_one(c, RAFT_SNAPSHOT);
    c->now_ns += 10;
    const struct raft_message twice = {.type = RAFT_SNAPSHOT_REPLY,
                                       .peer = 2,
                                       .term = 1,
                                       .index = 18,
                                       .stamp = R(0)->progress[1].chunk_ns,
                                       .offset = 16};
    deliver_one(c, RAFT_SNAPSHOT_REPLY);
    deliver_one(c, RAFT_SNAPSHOT);
    c->now_ns += 10;
    deliver_one(c, RAFT_SNAPSHOT_REPLY);
    assert_int_equal(chunks_under_way(c), 1);
    send_to(c, 0, twice);
    assert_int_equal(chunks_under_way(c), 1);
    assert_int_equal(R(0)->progress[1].offset, 32);
    cores_end(c);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_is_too_far_behind_is_sent_a_snapshot_in_chunks),
        cmocka_unit_test(entries_behind_a_snapshot_stay_if_the_log_agrees_with_it),
        cmocka_unit_test(no_newer_snapshot_takes_the_place_of_one_that_is_being_sent),
        cmocka_unit_test(a_snapshot_that_was_broken_off_goes_on_where_it_was),
        cmocka_unit_test(nothing_of_it_is_sent_again_while_it_is_written),
        cmocka_unit_test(another_leaders_snapshot_is_taken_from_its_beginning),
        cmocka_unit_test(one_leaders_clock_is_given_back_to_no_other),
        cmocka_unit_test(what_follows_a_snapshot_stays_until_it_has_been_caught_up_with),
        cmocka_unit_test(but_not_if_another_snapshot_is_less_to_send),
        cmocka_unit_test(nor_while_one_crashes_again_and_again),
        cmocka_unit_test(nor_while_a_stream_breaks_before_any_of_it_has_come),
        cmocka_unit_test(a_state_machine_may_have_nothing_to_say),
        cmocka_unit_test(nothing_is_kept_for_who_does_not_answer),
        cmocka_unit_test(a_snapshot_goes_over_a_long_link_too),
        cmocka_unit_test(an_answer_that_comes_late_or_twice_begins_no_second_stream_of_chunks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
