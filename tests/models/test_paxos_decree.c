/* One decree: the synod's rules, one sentence of Paxos Made Simple a test; and worlds of it. */
#include "base/random.h"
#include "models_fixture.h"
#include "paxos/core/decree.h"

/* ---- the core, by hand: node 0 of three, with what it says in `out` ---- */

struct synod {
    struct decree d;
    struct decree_out out;
    struct random random;
};

static struct decree_config config_of(sim_node self) {
    struct decree_config c = {.self = self,
                              .group = 1,
                              .retry_min_ns = 10 * MS,
                              .retry_max_ns = 1000 * MS,
                              .timeout_ns = 500 * MS};
    const sim_node members[] = {0, 1, 2};
    struct text refusal = {0};
    assert_true(paxos_quorum_begin(&c.quorum, members, 3, 0, 0, false, &refusal));
    text_free(&refusal);
    return c;
}
static void synod_begin(struct synod *s) {
    const struct decree_config c = config_of(0);
    *s = (struct synod){.random = {7, 0}};
    decree_begin(&s->d, &c);
}
static void hear(struct synod *s, enum decree_type type, sim_node from, int64_t ballot,
                 int64_t accepted, int64_t value) {
    s->out = (struct decree_out){0};
    decree_receive(&s->d, &(struct decree_message){type, from, ballot, accepted, value}, &s->random,
                   &s->out);
}
static void ask(struct synod *s, int64_t value) {
    s->out = (struct decree_out){0};
    decree_propose(&s->d, value, true, &s->out);
}
static void sync_all(struct synod *s) {
    s->out = (struct decree_out){0};
    decree_durable(&s->d, s->d.records, &s->out);
}
/* The first message of that type; NULL: none. */
static const struct decree_message *said(const struct synod *s, enum decree_type type) {
    for (size_t i = 0; i < s->out.message_count; i++)
        if (s->out.messages[i].type == type) return &s->out.messages[i];
    return NULL;
}

static void an_acceptor_promises_a_number_greater_than_any_it_has_responded_to(void **state) {
    struct synod s;
    synod_begin(&s);
    hear(&s, DECREE_PREPARE, 1, ballot_make(2, 1), 0, 0);
    sync_all(&s);
    assert_non_null(said(&s, DECREE_PROMISE));
    hear(&s, DECREE_PREPARE, 2, ballot_make(1, 2), 0, 0);
    assert_non_null(said(&s, DECREE_REJECT));
    assert_int_equal(said(&s, DECREE_REJECT)->accepted_ballot, ballot_make(2, 1));
    hear(&s, DECREE_PREPARE, 2, ballot_make(2, 2), 0,
         0); /* the node decides between equal rounds */
    sync_all(&s);
    assert_non_null(said(&s, DECREE_PROMISE));
}

static void it_answers_only_when_what_it_answers_is_durable(void **state) {
    struct synod s;
    synod_begin(&s);
    hear(&s, DECREE_PREPARE, 1, ballot_make(1, 1), 0, 0);
    assert_int_equal(s.out.message_count, 0);
    assert_true(s.out.records);
    assert_int_equal(s.out.record.promised, ballot_make(1, 1));
    hear(&s, DECREE_ACCEPT, 1, ballot_make(1, 1), 0, 5);
    assert_int_equal(s.out.message_count, 0);
    s.out = (struct decree_out){0};
    decree_durable(&s.d, 1, &s.out); /* the promise is, the acceptance is not */
    assert_int_equal(s.out.message_count, 1);
    assert_non_null(said(&s, DECREE_PROMISE));
    sync_all(&s);
    assert_non_null(said(&s, DECREE_ACCEPTED));
}

static void a_promise_tells_the_highest_proposal_that_was_accepted(void **state) {
    struct synod s;
    synod_begin(&s);
    hear(&s, DECREE_ACCEPT, 1, ballot_make(1, 1), 0, 11);
    hear(&s, DECREE_ACCEPT, 2, ballot_make(2, 2), 0, 22);
    sync_all(&s);
    hear(&s, DECREE_PREPARE, 1, ballot_make(3, 1), 0, 0);
    sync_all(&s);
    assert_int_equal(said(&s, DECREE_PROMISE)->accepted_ballot, ballot_make(2, 2));
    assert_int_equal(said(&s, DECREE_PROMISE)->value, 22);
}

/* P1a */
static void it_accepts_unless_it_has_promised_a_higher_number(void **state) {
    struct synod s;
    synod_begin(&s);
    hear(&s, DECREE_PREPARE, 2, ballot_make(2, 2), 0, 0);
    sync_all(&s);
    hear(&s, DECREE_ACCEPT, 1, ballot_make(1, 1), 0, 11);
    assert_non_null(said(&s, DECREE_REJECT));
    assert_int_equal(s.d.acceptor.accepted_ballot, 0);
    hear(&s, DECREE_ACCEPT, 2, ballot_make(2, 2), 0, 22);
    assert_int_equal(s.d.acceptor.value, 22);
}

static void a_proposer_takes_the_value_of_the_highest_proposal_it_was_told_of(void **state) {
    for (int first = 0; first < 2; first++) { /* in whichever order it is told */
        struct synod s;
        synod_begin(&s);
        hear(&s, DECREE_PREPARE, 1, ballot_make(9, 1), 0, 0); /* so its ballot is above these */
        ask(&s, 5);
        sync_all(&s);
        hear(&s, DECREE_PROMISE, first ? 2 : 1, s.d.ballot, ballot_make(first ? 3 : 2, 1),
             first ? 33 : 22);
        assert_null(said(&s, DECREE_ACCEPT)); /* one is no majority */
        hear(&s, DECREE_PROMISE, first ? 2 : 1, s.d.ballot, ballot_make(first ? 3 : 2, 1),
             first ? 33 : 22);
        assert_null(said(&s, DECREE_ACCEPT)); /* nor is the same one twice */
        hear(&s, DECREE_PROMISE, first ? 1 : 2, s.d.ballot, ballot_make(first ? 2 : 3, 1),
             first ? 22 : 33);
        assert_int_equal(said(&s, DECREE_ACCEPT)->value, 33);
    }
}

static void or_any_value_if_the_promises_report_none(void **state) {
    struct synod s;
    synod_begin(&s);
    ask(&s, 5);
    sync_all(&s);
    hear(&s, DECREE_PROMISE, 1, s.d.ballot, 0, 0);
    hear(&s, DECREE_PROMISE, 2, s.d.ballot, 0, 0);
    assert_int_equal(said(&s, DECREE_ACCEPT)->value, 5);
}

static void a_value_is_chosen_when_a_majority_has_accepted_it(void **state) {
    struct synod s;
    synod_begin(&s);
    ask(&s, 5);
    sync_all(&s);
    hear(&s, DECREE_PROMISE, 1, s.d.ballot, 0, 0);
    hear(&s, DECREE_PROMISE, 2, s.d.ballot, 0, 0);
    hear(&s, DECREE_ACCEPTED, 1, s.d.ballot - 1, 0, 5); /* of another ballot */
    hear(&s, DECREE_ACCEPTED, 1, s.d.ballot, 0, 5);
    assert_int_equal(s.d.learned, 0);
    hear(&s, DECREE_ACCEPTED, 2, s.d.ballot, 0, 5);
    assert_int_equal(s.d.learned, 5);
    assert_int_equal(said(&s, DECREE_LEARN)->value, 5);
    hear(&s, DECREE_PREPARE, 1, ballot_make(9, 1), 0, 0); /* whoever asks now is told */
    assert_int_equal(said(&s, DECREE_LEARN)->value, 5);
}

static void a_proposer_never_uses_a_number_again(void **state) {
    struct synod s, again;
    synod_begin(&s);
    ask(&s, 5);
    const struct decree_record kept = s.out.record;
    assert_int_equal(s.out.message_count, 0); /* nobody is asked before it is kept */
    synod_begin(&again);
    decree_recover(&again.d, &kept, &again.out);
    ask(&again, 6);
    assert_true(again.d.ballot > s.d.ballot);
}

static void a_proposer_that_is_outbid_abandons_and_waits(void **state) {
    struct synod s;
    synod_begin(&s);
    ask(&s, 5);
    sync_all(&s);
    const int64_t first = s.d.ballot;
    hear(&s, DECREE_REJECT, 1, first, ballot_make(7, 1), 0);
    assert_int_equal(s.d.phase, DECREE_WAITING);
    assert_true(s.out.wakes);
    hear(&s, DECREE_PROMISE, 2, first, 0, 0); /* too late */
    assert_null(said(&s, DECREE_ACCEPT));
    s.out = (struct decree_out){0};
    decree_woken(&s.d, true, &s.out);
    assert_true(s.d.ballot > ballot_make(7, 1));
}

static void quorums_that_do_not_intersect_are_refused(void **state) {
    struct quorum_system q;
    struct text refusal = {0};
    const sim_node members[] = {0, 1, 2, 3, 4};
    assert_false(paxos_quorum_begin(&q, members, 5, 2, 3, false, &refusal));
    assert_non_null(strstr(text_string(&refusal), "2 + 3 is not more than 5"));
    assert_true(paxos_quorum_begin(&q, members, 5, 2, 3, true, &refusal));
    assert_true(paxos_quorum_begin(&q, members, 5, 4, 2, false, &refusal));
    assert_true(paxos_quorum_begin(&q, members, 5, 0, 0, false, &refusal));
    assert_int_equal(q.q1, 3);
    assert_int_equal(q.q2, 3);
    text_free(&refusal);
}

static void knobs_that_make_no_sense_are_refused(void **state) {
    static const sim_node all[] = {0, 1, 2};
    const struct {
        struct knob_setting knob, also;
        const char *says;
    } wrong[] = {
        {knob("retry_min", 0), knob("exponential", 1), "exponential = true doubles it"},
        {knob("distinguished", 2 /* node */), knob("proposer", 3), "one of peers, found n3"}};
    struct world *world = world_create(&(struct world_options){.seed = 1});
    struct host_options host = host_options_default();
    struct node_options options = {
        .name = "n", .model = model_find("paxos_decree"), .host = world_add_host(world, &host)};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct text error = {0};
        options.knobs = KNOBS({"peers", {.nodes = all, .count = 3}}, wrong[i].knob, wrong[i].also);
        options.knob_count = 3;
        assert_int_equal(world_add_node(world, &options, &error), SIM_NOBODY);
        if (!strstr(text_string(&error), wrong[i].says)) fail_msg("%s", text_string(&error));
        text_free(&error);
    }
    world_destroy(world);
}

/* ---- worlds: five nodes over a network that loses, doubles and overtakes ---- */

enum { NODES = 5 };
struct world_of_five {
    struct fixture f;
    sim_node node[NODES];
};

static void five_begin(struct world_of_five *w, uint64_t seed, const char *bug) {
    static const char *const names[] = {"n1", "n2", "n3", "n4", "n5"};
    static const sim_node all[] = {0, 1, 2, 3, 4};
    fixture_begin(&w->f, seed);
    w->f.host.disk.crash = DISK_KEEPS_ANY;
    w->f.host.disk.tears = true;
    for (int i = 0; i < NODES; i++)
        w->node[i] = fixture_node_with(
            &w->f, names[i], "paxos_decree",
            KNOBS({"peers", {.nodes = all, .count = NODES}}, knob("timeout", 100 * MS)), bug);
}

static void propose(struct world_of_five *w, int i, int64_t value) {
    if (world_node_up(w->f.world, w->node[i]))
        command(&w->f, w->node[i], "propose", KNOBS(knob("value", value)));
}

static void some_fault(struct world_of_five *w, struct random *r) {
    const int64_t i = draw_below(r, NODES), k = draw_below(r, NODES), what = draw_below(r, 5);
    if (what == 0) crash(&w->f, w->node[i]);
    if (what == 1 && i != k) cut(&w->f, w->node[i], w->node[k]);
    if (what == 2) heal(&w->f);
    if (what == 3 && !world_node_up(w->f.world, w->node[i])) restart(&w->f, w->node[i]);
    if (what == 4) propose(w, (int)i, 100 + draw_below(r, 900));
    if (what == 4 && i != k)
        fault(&w->f, draw_below(r, 2) ? FAULT_LOSS : FAULT_DUPLICATE, w->node[i], w->node[k],
              300000000);
}

static int64_t storm(uint64_t seed, const char *bug) {
    struct world_of_five w;
    struct random r = {random_key(seed, 42), 0};
    int64_t learned = 0, broken = 0;
    five_begin(&w, seed, bug);
    for (int64_t ms = 50; ms < 3000; ms += 10 + draw_below(&r, 40)) {
        run_to(&w.f, ms);
        some_fault(&w, &r);
    }
    heal(&w.f);
    for (int i = 0; i < NODES; i++)
        if (!world_node_up(w.f.world, w.node[i])) restart(&w.f, w.node[i]);
    run_to(&w.f, 3100);
    for (int i = 0; i < NODES; i++) propose(&w, i, 5000 + i);
    run_to(&w.f, 30000);
    for (size_t i = 0; i < world_laws(w.f.world); i++) broken += world_law(w.f.world, i).broken;
    if (!bug) {
        assert_lawful(&w.f);
        for (int i = 0; i < NODES; i++) {
            const int64_t value = probe(&w.f, w.node[i], "learned");
            if (value == SIM_NONE || (learned && value != learned))
                fail_msg("seed %llu: node %d has learned %lld, another %lld",
                         (unsigned long long)seed, i, (long long)value, (long long)learned);
            learned = value;
        }
    }
    fixture_end(&w.f);
    return broken;
}

static void whatever_fails_all_learn_one_value_in_the_end(void **state) {
    for (uint64_t seed = 1; seed <= 1000; seed++) storm(seed, NULL);
}

static void each_mistake_breaks_a_law_for_some_seed(void **state) {
    static const char *const bugs[] = {"unsynced_promise", "ignore_accepted"};
    for (size_t b = 0; b < 2; b++) {
        int64_t broken = 0;
        for (uint64_t seed = 1; seed <= 200 && !broken; seed++) broken += storm(seed, bugs[b]);
        if (!broken) fail_msg("%s breaks nothing in 200 seeds", bugs[b]);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_acceptor_promises_a_number_greater_than_any_it_has_responded_to),
        cmocka_unit_test(it_answers_only_when_what_it_answers_is_durable),
        cmocka_unit_test(a_promise_tells_the_highest_proposal_that_was_accepted),
        cmocka_unit_test(it_accepts_unless_it_has_promised_a_higher_number),
        cmocka_unit_test(a_proposer_takes_the_value_of_the_highest_proposal_it_was_told_of),
        cmocka_unit_test(or_any_value_if_the_promises_report_none),
        cmocka_unit_test(a_value_is_chosen_when_a_majority_has_accepted_it),
        cmocka_unit_test(a_proposer_never_uses_a_number_again),
        cmocka_unit_test(a_proposer_that_is_outbid_abandons_and_waits),
        cmocka_unit_test(quorums_that_do_not_intersect_are_refused),
        cmocka_unit_test(knobs_that_make_no_sense_are_refused),
        cmocka_unit_test(whatever_fails_all_learn_one_value_in_the_end),
        cmocka_unit_test(each_mistake_breaks_a_law_for_some_seed),
    };
    return cmocka_run_group_tests_name("models paxos decree", tests, NULL, NULL);
}
