/* The core of Multi-Paxos, message by message: one sentence of the papers a test. */
#include "parts/record.h"
#include "paxos_fixture.h"

static struct cores c; /* large; each test begins it anew */

static void with(int count, struct paxos_config config) { cores_begin(&c, count, config); }

/* "All instances greater than ...": one message, and one promise, for all of them. */
static void a_new_leader_runs_phase_1_once_for_all_instances(void **state) {
    with(3, (struct paxos_config){0});
    campaign(&c, 0);
    assert_non_null(letter(&c, PAXOS_PREPARE, 0, 1, 0));
    assert_null(letter(&c, PAXOS_PREPARE, 0, 1, 1));
    deliver_all(&c);
    assert_int_equal(c.g[0].role, PAXOS_LEADER);
    drop_all(&c);
    for (int i = 0; i < 3; i++) suggest(&c, 0, "x");
    assert_null(letter(&c, PAXOS_PREPARE, 0, 1, 0));
    assert_non_null(letter(&c, PAXOS_ACCEPT, 0, 1, 2));
    deliver_all(&c);
    assert_int_equal(c.g[0].commit, 3);
    cores_end(&c);
}

static void nobody_is_asked_before_the_ballot_is_durable(void **state) {
    with(3, (struct paxos_config){0});
    assert_true(paxos_campaign(&c.g[0], c.now, &c.random, &c.out));
    collect(&c, 0, false);
    assert_null(letter(&c, PAXOS_PREPARE, 0, 1, 0));
    paxos_durable(&c.g[0], c.g[0].records, c.now, &c.random, &c.out);
    collect(&c, 0, false);
    assert_non_null(letter(&c, PAXOS_PREPARE, 0, 1, 0));
    cores_end(&c);
}

static void a_promise_and_an_acceptance_are_durable_before_they_are_told(void **state) {
    with(3, (struct paxos_config){0});
    campaign(&c, 0);
    deliver(&c, letter(&c, PAXOS_PREPARE, 0, 1, 0), false);
    assert_null(letter(&c, PAXOS_PROMISE, 1, 0, 0));
    paxos_durable(&c.g[1], c.g[1].records, c.now, &c.random, &c.out);
    collect(&c, 1, false);
    assert_non_null(letter(&c, PAXOS_PROMISE, 1, 0, 0));
    deliver_all(&c);
    suggest(&c, 0, "x");
    deliver(&c, letter(&c, PAXOS_ACCEPT, 0, 1, 0), false);
    assert_null(letter(&c, PAXOS_ACCEPTED_ALL, 1, 0, 0));
    paxos_durable(&c.g[1], c.g[1].records, c.now, &c.random, &c.out);
    collect(&c, 1, false);
    assert_non_null(letter(&c, PAXOS_ACCEPTED_ALL, 1, 0, 0));
    cores_end(&c);
}

static void an_answer_in_a_ballot_that_was_outbid_meanwhile_is_not_given(void **state) {
    with(3, (struct paxos_config){0});
    campaign(&c, 0);
    deliver_all(&c);
    suggest(&c, 0, "x");
    deliver(&c, letter(&c, PAXOS_ACCEPT, 0, 1, 0), false);
    campaign(&c, 2);
    deliver(&c, letter(&c, PAXOS_PREPARE, 2, 1, 0), true);
    assert_null(letter(&c, PAXOS_ACCEPTED_ALL, 1, 0, 0));
    assert_non_null(letter(&c, PAXOS_PROMISE, 1, 2, 0));
    cores_end(&c);
}

static void an_acceptor_rejects_what_is_below_its_promise(void **state) {
    with(3, (struct paxos_config){0});
    campaign(&c, 0);
    deliver_all(&c);
    campaign(&c, 2);
    deliver(&c, letter(&c, PAXOS_PREPARE, 2, 1, 0), true);
    suggest(&c, 0, "x");
    deliver(&c, letter(&c, PAXOS_ACCEPT, 0, 1, 0), true);
    assert_int_equal(accepted_at(&c, 1, 1), 0);
    deliver(&c, letter(&c, PAXOS_REJECT, 1, 0, 0), true);
    assert_int_equal(c.g[0].role, PAXOS_FOLLOWER); /* and whoever is told abandons */
    cores_end(&c);
}

/* The example of section 3: some instances chosen, some accepted by some, some by nobody. */
static void a_new_leader_proposes_again_what_was_accepted_and_fills_gaps_with_noops(void **state) {
    with(3, (struct paxos_config){0});
    campaign(&c, 0);
    deliver_all(&c);
    drop_all(&c);
    suggest(&c, 0, "a");
    deliver_all(&c);
    drop_all(&c);
    suggest(&c, 0, "b"); /* to 1 alone */
    deliver(&c, letter(&c, PAXOS_ACCEPT, 0, 1, 0), true);
    drop_all(&c);
    suggest(&c, 0, "c"); /* lost */
    drop_all(&c);
    suggest(&c, 0, "d"); /* to 2 alone */
    deliver(&c, letter(&c, PAXOS_ACCEPT, 0, 2, 0), true);
    drop_all(&c);
    assert_int_equal(c.g[2].log.gaps, 2);
    campaign(&c, 1);
    deliver(&c, letter(&c, PAXOS_PREPARE, 1, 2, 0), true); /* 0 is dead */
    deliver(&c, letter(&c, PAXOS_PROMISE, 2, 1, 0), true);
    assert_int_equal(c.g[1].role, PAXOS_LEADER);
    deliver_all(&c);
    assert_int_equal(c.g[1].commit, 4);
    assert_int_equal(c.applied_hash[1][2], hash_of("b"));
    assert_int_equal(c.applied_hash[1][3], paxos_value_hash(paxos_value_noop()));
    assert_int_equal(c.applied_hash[1][4], hash_of("d"));
    cores_end(&c);
}

/* Whichever is heard of first. */
static void of_two_values_the_one_of_the_higher_ballot_is_proposed_again(void **state) {
    for (int first = 0; first < 2; first++) {
        with(5, (struct paxos_config){0});
        campaign(&c, 0);
        deliver_all(&c);
        drop_all(&c);
        suggest(&c, 0, "old"); /* accepted by 0 alone */
        drop_all(&c);
        campaign(&c, 1);
        for (int i = 2; i < 4; i++) {
            deliver(&c, letter(&c, PAXOS_PREPARE, 1, i, 0), true);
            deliver(&c, letter(&c, PAXOS_PROMISE, i, 1, 0), true);
        }
        drop_all(&c);
        suggest(&c, 1, "new"); /* accepted by 1 alone */
        drop_all(&c);
        campaign(&c, 4);
        campaign(&c, 4); /* above the ballot of 1, of which it has not heard */
        for (int i = 0; i < 2; i++) {
            deliver(&c, letter(&c, PAXOS_PREPARE, 4, first ? 1 - i : i, 1), true);
            deliver(&c, letter(&c, PAXOS_PROMISE, first ? 1 - i : i, 4, 0), true);
        }
        assert_int_equal(c.g[4].role, PAXOS_LEADER);
        deliver_all(&c);
        assert_int_equal(c.applied_hash[4][1], hash_of("new"));
        cores_end(&c);
    }
}

static void instances_may_be_chosen_in_any_order_and_are_applied_in_order(void **state) {
    with(3, (struct paxos_config){0});
    campaign(&c, 0);
    deliver_all(&c);
    drop_all(&c);
    suggest(&c, 0, "a");
    suggest(&c, 0, "b");
    deliver(&c, letter(&c, PAXOS_ACCEPT, 0, 1, 1), true);
    deliver(&c, letter(&c, PAXOS_ACCEPTED_ALL, 1, 0, 0), true);
    assert_true(paxos_log_find(&c.g[0].log, 2)->chosen);
    assert_int_equal(c.g[0].commit, 0);
    deliver(&c, letter(&c, PAXOS_ACCEPT, 0, 2, 0), true);
    deliver(&c, letter(&c, PAXOS_ACCEPTED_ALL, 2, 0, 0), true);
    assert_int_equal(c.g[0].commit, 2);
    cores_end(&c);
}

/* What it has accepted in an older ballot need not be what was chosen. */
static void a_learner_takes_only_what_it_accepted_in_this_leaders_ballot_for_chosen(void **state) {
    with(3, (struct paxos_config){0});
    campaign(&c, 0);
    deliver_all(&c);
    drop_all(&c);
    suggest(&c, 0, "old"); /* accepted by 0 alone */
    drop_all(&c);
    campaign(&c, 1);
    deliver(&c, letter(&c, PAXOS_PREPARE, 1, 2, 0), true);
    deliver(&c, letter(&c, PAXOS_PROMISE, 2, 1, 0), true);
    drop_all(&c);
    suggest(&c, 1, "new");
    deliver(&c, letter(&c, PAXOS_ACCEPT, 1, 2, 0), true);
    deliver(&c, letter(&c, PAXOS_ACCEPTED_ALL, 2, 1, 0), true);
    assert_int_equal(c.g[1].commit, 1);
    drop_all(&c);
    tick(&c, 1, 60); /* a heartbeat tells 0 that instance 1 is chosen */
    deliver(&c, letter(&c, PAXOS_HEARTBEAT, 1, 0, 0), true);
    assert_int_equal(c.g[0].commit, 0);
    assert_non_null(letter(&c, PAXOS_FETCH, 0, 1, 0));
    deliver_all(&c);
    assert_int_equal(c.applied_hash[0][1], hash_of("new"));
    cores_end(&c);
}

static void after_a_restart_it_keeps_its_promise_and_what_it_accepted(void **state) {
    with(3, (struct paxos_config){0});
    campaign(&c, 0);
    deliver_all(&c);
    drop_all(&c);
    suggest(&c, 0, "a");
    deliver_all(&c);
    const int64_t promised = c.g[1].promised, first = c.g[0].ballot;
    begin_again(&c, 1, -1);
    assert_int_equal(c.g[1].promised, promised);
    assert_int_equal(accepted_at(&c, 1, 1), hash_of("a"));
    begin_again(&c, 0, -1);
    drop_all(&c);
    campaign(&c, 0);
    assert_true(c.g[0].ballot > first); /* and never takes a ballot again */
    cores_end(&c);
}

static void no_more_than_the_window_is_open(void **state) {
    with(3, (struct paxos_config){.window = 4});
    campaign(&c, 0);
    deliver_all(&c);
    drop_all(&c);
    for (int i = 0; i < 4; i++) suggest(&c, 0, "x");
    assert_false(paxos_may_propose(&c.g[0]));
    deliver_all(&c);
    assert_true(paxos_may_propose(&c.g[0]));
    cores_end(&c);
}

static void flexible_quorums_choose_with_q2_and_lead_with_q1(void **state) {
    with(5, (struct paxos_config){.q1 = 4, .q2 = 2});
    campaign(&c, 0);
    for (int i = 1; i <= 3; i++) {
        assert_int_equal(c.g[0].role, PAXOS_CANDIDATE);
        deliver(&c, letter(&c, PAXOS_PREPARE, 0, i, 0), true);
        deliver(&c, letter(&c, PAXOS_PROMISE, i, 0, 0), true);
    }
    assert_int_equal(c.g[0].role, PAXOS_LEADER);
    suggest(&c, 0, "x");
    deliver(&c, letter(&c, PAXOS_ACCEPT, 0, 3, 0), true);
    deliver(&c, letter(&c, PAXOS_ACCEPTED_ALL, 3, 0, 0), true);
    assert_int_equal(c.g[0].commit, 1);
    cores_end(&c);
}

static void what_was_lost_with_a_stream_is_sent_again(void **state) {
    with(3, (struct paxos_config){0});
    campaign(&c, 0);
    deliver_all(&c);
    drop_all(&c);
    suggest(&c, 0, "x");
    drop_all(&c);
    paxos_peer_changed(&c.g[0], 1, false, c.now, &c.out);
    paxos_peer_changed(&c.g[0], 1, true, c.now, &c.out);
    tick(&c, 0, 49);
    assert_null(letter(&c, PAXOS_ACCEPT, 0, 1, 0));
    tick(&c, 0, 2);
    deliver(&c, letter(&c, PAXOS_ACCEPT, 0, 1, 0), true);
    deliver(&c, letter(&c, PAXOS_ACCEPTED_ALL, 1, 0, 0), true);
    assert_int_equal(c.g[0].commit, 1);
    cores_end(&c);
}

/* On a slow link what is sent twice makes what follows later, and so on, for ever. */
static void what_is_only_late_is_sent_again_after_twice_as_long(void **state) {
    struct paxos_message m;
    with(3, (struct paxos_config){0});
    campaign(&c, 0);
    deliver_all(&c);
    suggest(&c, 0, "x");
    paxos_peer_changed(&c.g[0], 1, true, c.now, &c.out);
    tick(&c, 0, 51);
    suggest(&c, 0, "y");
    drop_all(&c);
    tick(&c, 0, 98);
    assert_null(letter(&c, PAXOS_ACCEPT, 0, 1, 0));
    tick(&c, 0, 3);
    const struct letter *l = letter(&c, PAXOS_ACCEPT, 0, 1, 0);
    assert_non_null(l);
    assert_true(paxos_message_read(l->type, 0, (struct sim_bytes){l->body, l->size}, &m));
    assert_int_equal(m.first, 1);
    assert_int_equal(m.number, 1); /* the other has not had so long yet */
    drop_all(&c);
    tick(&c, 0, 201);
    l = letter(&c, PAXOS_ACCEPT, 0, 1, 0);
    assert_non_null(l);
    assert_true(paxos_message_read(l->type, 0, (struct sim_bytes){l->body, l->size}, &m));
    assert_int_equal(m.number, 2);
    cores_end(&c);
}

static void whoever_is_behind_the_logs_beginning_is_sent_a_snapshot(void **state) {
    with(3, (struct paxos_config){0});
    campaign(&c, 0);
    deliver_all(&c);
    drop_all(&c);
    for (int i = 0; i < 5; i++) {
        suggest(&c, 0, "x");
        deliver(&c, letter(&c, PAXOS_ACCEPT, 0, 1, 0), true);
        deliver(&c, letter(&c, PAXOS_ACCEPTED_ALL, 1, 0, 0), true);
        drop_all(&c);
    }
    paxos_compact(&c.g[0], 3, c.now);
    tick(&c, 0, 60);
    deliver(&c, letter(&c, PAXOS_HEARTBEAT, 0, 2, 0), true);
    struct letter *fetch = letter(&c, PAXOS_FETCH, 2, 0, 0);
    paxos_receive(&c.g[0], fetch->type, 2, (struct sim_bytes){fetch->body, fetch->size}, c.now,
                  &c.random, &c.out);
    assert_int_equal(c.out.snapshot_to, 2);
    paxos_output_clear(&c.out);
    uint8_t bytes[PAXOS_CONFIGS_BYTES];
    struct writer w = writer_over(bytes, sizeof bytes);
    paxos_write_configs(&c.g[0], &w);
    struct reader r = reader_over(w.data, w.size);
    drop_all(&c);
    paxos_install(&c.g[2], 3, &r, c.now, &c.out);
    collect(&c, 2, true);
    assert_int_equal(c.g[2].applied, 3);
    deliver_all(&c); /* it asks for the rest */
    assert_int_equal(c.g[2].applied, 5);
    cores_end(&c);
}

static void a_log_remembers_gaps_and_forgets_its_beginning(void **state) {
    struct memory *memory = memory_create("log", 0);
    struct paxos_log log = {.memory = memory};
    paxos_log_put(&log, 3, 1000, paxos_value_noop(), 0);
    assert_int_equal(log.last, 3);
    assert_int_equal(log.gaps, 2);
    assert_null(paxos_log_find(&log, 2));
    for (int64_t i = 4; i <= 300; i++) paxos_log_put(&log, i, 1000, paxos_value_noop(), 0);
    paxos_log_put(&log, 2, 2000, paxos_value_noop(), 0);
    assert_int_equal(log.gaps, 1);
    assert_int_equal(paxos_log_find(&log, 2)->ballot, 2000);
    assert_int_equal(paxos_log_find(&log, 300)->ballot, 1000);
    paxos_log_cut(&log, 250);
    assert_int_equal(log.gaps, 0);
    assert_null(paxos_log_find(&log, 250));
    assert_non_null(paxos_log_find(&log, 251));
    memory_destroy(memory);
}

/* A spare that joins a group that is far ahead. */
static void a_log_takes_memory_by_what_it_holds(void **state) {
    struct memory *memory = memory_create("log", 0);
    struct paxos_log log = {.memory = memory};
    const int64_t far = INT64_C(1000000000);
    for (int64_t i = far; i < far + 100; i++) paxos_log_put(&log, i, 1000, paxos_value_noop(), 0);
    assert_true(memory_used(memory) < 100000);
    assert_int_equal(log.gaps, far - 1);
    paxos_log_cut(&log, far - 10);
    assert_int_equal(log.gaps, 9);
    paxos_log_put(&log, far - 5, 1000, paxos_value_noop(), 0);
    assert_int_equal(log.gaps, 8);
    assert_int_equal(paxos_log_find(&log, far + 99)->ballot, 1000);
    memory_destroy(memory);
}

/* Against one that has a place for each instance. */
static void a_log_is_what_a_plain_array_would_be(void **state) {
    enum { INSTANCES = 300 };
    for (uint64_t seed = 1; seed <= 200; seed++) {
        struct memory *memory = memory_create("log", 0);
        struct paxos_log log = {.memory = memory};
        struct random r = {random_key(seed, 7), 0};
        int64_t ballots[INSTANCES] = {0}, base = 0, last = 0;
        for (int step = 0; step < 100; step++) {
            const int64_t i = draw_below(&r, INSTANCES), what = draw_below(&r, 10);
            if (what == 0) {
                const int64_t through = base + draw_below(&r, 30);
                if (through >= INSTANCES) break;
                paxos_log_cut(&log, through);
                base = through;
                if (base > last) last = base;
            } else if (i > base) {
                paxos_log_put(&log, i, 1000 + step, paxos_value_noop(), 0);
                ballots[i] = 1000 + step;
                if (i > last) last = i;
            }
            int64_t gaps = 0;
            for (int64_t k = 1; k < INSTANCES; k++) {
                const struct paxos_entry *e = paxos_log_find(&log, k);
                const int64_t expected = k > base ? ballots[k] : 0;
                if ((e ? e->ballot : 0) != expected)
                    fail_msg("seed %llu: instance %lld", (unsigned long long)seed, (long long)k);
                gaps += k > base && k <= last && !e;
            }
            assert_int_equal(log.gaps, gaps);
            assert_int_equal(log.base, base);
            assert_int_equal(log.last, last);
        }
        memory_destroy(memory);
    }
}

static int64_t encoded(const struct paxos_group *g) {
    struct writer w = writer_growing();
    paxos_encode(g, &w);
    const int64_t hash = (int64_t)record_hash(0, w.data, w.size);
    writer_free(&w);
    return hash;
}
#define ASSERT_ENCODED(FIELD)              \
    do {                                   \
        const int64_t before = encoded(g); \
        (FIELD)++;                         \
        assert_true(encoded(g) != before); \
        (FIELD)--;                         \
        assert_true(encoded(g) == before); \
    } while (0)

static void what_differs_in_state_differs_in_what_is_encoded(void **state) {
    with(3, (struct paxos_config){0});
    struct paxos_group *g = &c.g[0];
    assert_true(paxos_campaign(g, c.now, &c.random, &c.out));
    collect(&c, 0, false);
    assert_true(g->held_count > 0);
    ASSERT_ENCODED(g->held[g->held_first].after);
    ASSERT_ENCODED(g->held[g->held_first].piece.to);
    ASSERT_ENCODED(g->held[g->held_first].bytes[0]);
    ASSERT_ENCODED(g->held[g->held_first].ballot);
    ASSERT_ENCODED(g->fetch_from);
    ASSERT_ENCODED(g->patience_ns);
    ASSERT_ENCODED(g->snapshot);
    ASSERT_ENCODED(g->floor_at);
    ASSERT_ENCODED(g->peers[1].asked_ns);
    cores_end(&c);
}

static void malformed_bytes_change_nothing(void **state) {
    with(3, (struct paxos_config){0});
    uint8_t junk[64];
    for (uint32_t type = 0; type < PAXOS_TYPES + 2; type++)
        for (size_t size = 0; size < sizeof junk; size++) {
            memset(junk, (int)(0x80 + size), sizeof junk);
            paxos_receive(&c.g[0], type, 1, (struct sim_bytes){junk, size}, c.now, &c.random,
                          &c.out);
            collect(&c, 0, true);
        }
    assert_int_equal(c.g[0].log.last, 0);
    assert_int_equal(c.g[0].promised, 0);
    cores_end(&c);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_leader_runs_phase_1_once_for_all_instances),
        cmocka_unit_test(nobody_is_asked_before_the_ballot_is_durable),
        cmocka_unit_test(a_promise_and_an_acceptance_are_durable_before_they_are_told),
        cmocka_unit_test(an_answer_in_a_ballot_that_was_outbid_meanwhile_is_not_given),
        cmocka_unit_test(an_acceptor_rejects_what_is_below_its_promise),
        cmocka_unit_test(a_new_leader_proposes_again_what_was_accepted_and_fills_gaps_with_noops),
        cmocka_unit_test(of_two_values_the_one_of_the_higher_ballot_is_proposed_again),
        cmocka_unit_test(instances_may_be_chosen_in_any_order_and_are_applied_in_order),
        cmocka_unit_test(a_learner_takes_only_what_it_accepted_in_this_leaders_ballot_for_chosen),
        cmocka_unit_test(after_a_restart_it_keeps_its_promise_and_what_it_accepted),
        cmocka_unit_test(no_more_than_the_window_is_open),
        cmocka_unit_test(flexible_quorums_choose_with_q2_and_lead_with_q1),
        cmocka_unit_test(what_was_lost_with_a_stream_is_sent_again),
        cmocka_unit_test(what_is_only_late_is_sent_again_after_twice_as_long),
        cmocka_unit_test(whoever_is_behind_the_logs_beginning_is_sent_a_snapshot),
        cmocka_unit_test(a_log_remembers_gaps_and_forgets_its_beginning),
        cmocka_unit_test(a_log_takes_memory_by_what_it_holds),
        cmocka_unit_test(a_log_is_what_a_plain_array_would_be),
        cmocka_unit_test(what_differs_in_state_differs_in_what_is_encoded),
        cmocka_unit_test(malformed_bytes_change_nothing),
    };
    return cmocka_run_group_tests_name("models paxos core", tests, NULL, NULL);
}
