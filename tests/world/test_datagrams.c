/* Datagrams: delay, bandwidth, loss, duplicates, disorder, corruption, cuts and holds. */
#include <stdio.h>

#include "world/fixture.h"

#define ALL SIM_NOBODY
#define PPB_ALL INT64_C(1000000000)

static void send_many(struct fixture *f, const struct sim_event *e, struct sim_out *out,
                      int64_t arg) {
    for (int64_t i = 0; i < (arg & 0xffff); i++) {
        (void)f;
        (void)e;
        const uint8_t body[2] = {(uint8_t)i, (uint8_t)(i >> 8)};
        sim_send(out, (struct sim_message){
                          .peer = (sim_node)(arg >> 32), .type = (uint32_t)i, .body = {body, 2}});
    }
}
static void send_bytes(struct fixture *f, const struct sim_event *e, struct sim_out *out,
                       int64_t arg) {
    (void)f;
    (void)e;
    sim_send(out, (struct sim_message){.peer = (sim_node)(arg >> 32),
                                       .modelled_bytes = arg & 0xffffffff});
}

struct pair_of {
    struct fixture f;
    sim_node a, b;
};
static struct fixture *start(struct pair_of *p) {
    fixture_open(&p->f, NULL);
    p->a = fixture_node(&p->f, "a", NULL);
    p->b = fixture_node(&p->f, "b", NULL);
    return &p->f;
}
static void finish(struct pair_of *p) {
    assert_no_slot_leaks(p->f.w);
    fixture_close(&p->f);
}
static int64_t many(sim_node to, int64_t count) { return (int64_t)((uint64_t)to << 32) | count; }

/* Arrivals by type (a message's number in its burst); -1: it never came. */
static void arrivals(const struct fixture *f, sim_node node, int64_t *at, size_t count) {
    for (size_t i = 0; i < count; i++) at[i] = -1;
    for (size_t i = 0; i < f->seen_count; i++) {
        const struct seen *s = &f->seen[i];
        if (s->node == node && s->event.kind == SIM_MESSAGE && at[s->event.message.type] < 0)
            at[s->event.message.type] = s->t;
    }
}

static void a_datagram_takes_the_delay_of_its_link(void **state) {
    (void)state;
    struct pair_of p;
    struct fixture *f = start(&p);
    fixture_do(f, SEC, p.a, send_one, to_channel(p.b, DATAGRAM, 9));
    world_run(f->w, 10 * SEC);
    const struct seen *got = seen_nth(f, p.b, SIM_MESSAGE, 0);
    assert_int_equal(got->t, SEC + MS);
    assert_int_equal(got->event.message.peer, p.a);
    assert_int_equal(got->event.message.type, 9);
    assert_int_equal(got->bytes[0], 9);
    finish(&p);
}

static void own_settings_come_before_regions_and_regions_before_all(void **state) {
    (void)state;
    struct fixture f;
    fixture_open(&f, NULL);
    struct host_options east = fixture_host(), west = fixture_host();
    east.region = "east";
    west.region = "west";
    const sim_node a = fixture_node_on(&f, "a", world_add_host(f.w, &east), NULL);
    const sim_node b = fixture_node_on(&f, "b", world_add_host(f.w, &west), NULL);
    const sim_node c = fixture_node_on(&f, "c", world_add_host(f.w, &west), NULL);
    struct link_settings link = fixture_link();
    link.delay = distribution_constant(30 * MS);
    world_link_regions(f.w, "east", "west", &link);
    link.delay = distribution_constant(5 * MS);
    world_link(f.w, a, c, &link);
    fixture_do(&f, 0, a, send_one, to_channel(b, DATAGRAM, 1));
    fixture_do(&f, 0, a, send_one, to_channel(c, DATAGRAM, 1));
    fixture_do(&f, 0, b, send_one, to_channel(a, DATAGRAM, 1)); /* the way back has no setting */
    world_run(f.w, SEC);
    assert_int_equal(seen_nth(&f, b, SIM_MESSAGE, 0)->t, 30 * MS);
    assert_int_equal(seen_nth(&f, c, SIM_MESSAGE, 0)->t, 5 * MS);
    assert_int_equal(seen_nth(&f, a, SIM_MESSAGE, 0)->t, MS);
    fixture_close(&f);
}

static void bandwidth_sends_one_message_after_the_other_and_the_queue_can_be_measured(
    void **state) {
    (void)state;
    struct pair_of p;
    struct fixture *f = start(&p);
    struct link_settings link = fixture_link();
    link.bandwidth = 1000000; /* a byte a microsecond */
    world_link(f->w, p.a, p.b, &link);
    for (int i = 0; i < 3; i++) fixture_do(f, 0, p.a, send_bytes, many(p.b, 10000));
    world_run(f->w, 5 * MS);
    assert_int_equal(world_measure(f->w, "queue_bytes", p.a, p.b), 25000);
    assert_int_equal(world_measure(f->w, "queue_ns", p.a, p.b), 25 * MS);
    assert_int_equal(world_measure(f->w, "queue_bytes", p.b, p.a), 0);
    world_run(f->w, SEC);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(seen_nth(f, p.b, SIM_MESSAGE, i)->t, (int64_t)(i + 1) * 10 * MS + MS);
    assert_int_equal(world_measure(f->w, "queue_bytes", p.a, p.b), 0);
    finish(&p);
}

static void a_queue_never_holds_more_than_its_bound_and_an_idle_link_takes_any_message(
    void **state) {
    (void)state;
    struct pair_of p;
    struct fixture *f = start(&p);
    struct link_settings link = fixture_link();
    link.bandwidth = 1000000;
    link.queue_bytes_max = 25000;
    world_link(f->w, p.a, p.b, &link);
    for (int i = 0; i < 4; i++)
        fixture_do(f, 0, p.a, send_bytes, many(p.b, 10000)); /* the third is past it */
    fixture_do(f, SEC, p.a, send_bytes, many(p.b, 90000));
    world_run(f->w, 100 * US);
    assert_true(world_measure(f->w, "queue_bytes", p.a, p.b) <= 25000);
    world_run(f->w, 10 * SEC);
    assert_int_equal(seen_count(f, p.b, SIM_MESSAGE), 3);
    assert_int_equal(record_count(f, RECORD_DROP, "queue full"), 2);
    finish(&p);
}

static void congestion_leaves_the_bandwidth_that_it_says(void **state) {
    (void)state;
    struct pair_of p;
    struct fixture *f = start(&p);
    const size_t fault = fixture_fault(f, FAULT_CONGEST, p.a, p.b, 1000000, 0);
    fixture_do(f, 0, p.a, send_bytes, many(p.b, 10000));
    fixture_do(f, 0, p.a, send_bytes, many(p.b, 10000));
    world_run(f->w, 5 * MS);
    assert_int_equal(world_measure(f->w, "queue_bytes", p.a, p.b), 15000);
    world_run(f->w, 30 * MS);
    assert_int_equal(seen_nth(f, p.b, SIM_MESSAGE, 1)->t, 21 * MS);
    assert_int_equal(world_fault_entry(f->w, fault)->effective, 2);
    world_heal_one(f->w, fault);
    assert_int_equal(world_measure(f->w, "queue_bytes", p.a, p.b), 0);
    finish(&p);
}

static void a_delay_spike_adds_to_each_message(void **state) {
    (void)state;
    struct pair_of p;
    struct fixture *f = start(&p);
    fixture_fault(f, FAULT_DELAY, ALL, p.b, 50 * MS, 0);
    fixture_fault(f, FAULT_DUPLICATE, p.a, p.b, PPB_ALL, 0);
    fixture_do(f, 0, p.a, send_one, to_channel(p.b, DATAGRAM, 1));
    world_run(f->w, SEC);
    assert_int_equal(seen_count(f, p.b, SIM_MESSAGE), 2);
    for (size_t i = 0; i < 2; i++) assert_int_equal(seen_nth(f, p.b, SIM_MESSAGE, i)->t, 51 * MS);
    finish(&p);
}

enum { BURST = 2000 };

static void setting_of(struct link_settings *link, enum fault_kind kind, int64_t ppb) {
    if (kind == FAULT_LOSS) link->loss_ppb = ppb;
    if (kind == FAULT_DUPLICATE) link->duplicate_ppb = ppb;
    if (kind == FAULT_REORDER) link->reorder_ppb = ppb;
    if (kind == FAULT_CORRUPT) link->corrupt_ppb = ppb;
}

/* A burst over a link with random delays; by_fault: the trouble is a fault, else the link's own. */
static void burst(struct pair_of *p, enum fault_kind kind, int64_t ppb, bool by_fault,
                  bool with_second) {
    struct fixture *f = start(p);
    struct link_settings link = fixture_link();
    link.delay = distribution_lognormal(MS, 20 * MS);
    link.reorder_ns_max = 3 * SEC;
    if (!by_fault) setting_of(&link, kind, ppb);
    world_link(f->w, p->a, p->b, &link);
    if (by_fault && ppb)
        fixture_fault(f, kind, p->a, p->b, ppb, kind == FAULT_REORDER ? 3 * SEC : 0);
    fixture_do(f, 0, p->a, send_many, many(p->b, BURST));
    if (with_second) fixture_do(f, SEC, p->a, send_many, many(p->b, BURST));
    world_run(f->w, 10 * SEC);
}

static void adding_loss_leaves_the_delays_of_the_others_as_they_were(void **state) {
    (void)state;
    static const enum fault_kind kinds[] = {FAULT_LOSS, FAULT_DUPLICATE, FAULT_REORDER,
                                            FAULT_CORRUPT};
    for (size_t k = 0; k < 4; k++)
        for (int by_fault = 0; by_fault < 2; by_fault++) {
            struct pair_of calm, troubled;
            int64_t before[BURST], after[BURST];
            burst(&calm, kinds[k], 0, false, false);
            burst(&troubled, kinds[k], PPB_ALL / 4, by_fault, false);
            arrivals(&calm.f, calm.b, before, BURST);
            arrivals(&troubled.f, troubled.b, after, BURST);
            size_t differ = 0;
            for (size_t i = 0; i < BURST; i++) differ += before[i] != after[i];
            /* a duplicate may come first: half of a quarter */
            if (kinds[k] == FAULT_DUPLICATE)
                assert_in_range(differ, BURST / 10, BURST * 15 / 100);
            else
                assert_in_range(differ, BURST / 5, BURST * 3 / 10);
            if (kinds[k] == FAULT_LOSS)
                assert_int_equal(record_count(&troubled.f, RECORD_DROP, "lost"), differ);
            if (kinds[k] == FAULT_CORRUPT)
                assert_int_equal(record_count(&troubled.f, RECORD_DROP, "checksum"), differ);
            if (kinds[k] == FAULT_DUPLICATE)
                assert_in_range(seen_count(&troubled.f, troubled.b, SIM_MESSAGE), BURST * 12 / 10,
                                BURST * 13 / 10);
            if (by_fault)
                assert_in_range(world_fault_entry(troubled.f.w, 0)->effective, BURST / 5,
                                BURST * 3 / 10);
            finish(&calm);
            finish(&troubled);
        }
}

static void a_fault_that_is_masked_leaves_the_links_own_losses_where_they_were(void **state) {
    (void)state;
    struct pair_of own, both;
    int64_t before[BURST], after[BURST];
    burst(&own, FAULT_LOSS, PPB_ALL / 10, false, false);
    struct fixture *f = start(&both);
    struct link_settings link = fixture_link();
    link.delay = distribution_lognormal(MS, 20 * MS);
    link.loss_ppb = PPB_ALL / 10;
    world_link(f->w, both.a, both.b, &link);
    fixture_fault(f, FAULT_LOSS, both.a, both.b, PPB_ALL / 5, 0);
    fixture_do(f, 0, both.a, send_many, many(both.b, BURST));
    world_run(f->w, 10 * SEC);
    arrivals(&own.f, own.b, before, BURST);
    arrivals(f, both.b, after, BURST);
    for (size_t i = 0; i < BURST; i++) assert_true(after[i] == -1 || after[i] == before[i]);
    finish(&own);
    finish(&both);
}

static void what_is_sent_later_draws_the_same_whatever_was_sent_before(void **state) {
    (void)state;
    struct pair_of once, twice;
    burst(&once, FAULT_LOSS, 0, false, false);
    burst(&twice, FAULT_LOSS, 0, false, true);
    for (size_t i = 0; i < BURST; i++)
        assert_int_equal(seen_nth(&once.f, once.b, SIM_MESSAGE, i)->t,
                         seen_nth(&twice.f, twice.b, SIM_MESSAGE, i)->t);
    finish(&once);
    finish(&twice);
}

static void a_reordering_fault_holds_back_by_at_most_what_it_says(void **state) {
    (void)state;
    struct pair_of p;
    struct fixture *f = start(&p);
    fixture_fault(f, FAULT_REORDER, p.a, p.b, PPB_ALL, MS);
    fixture_do(f, 0, p.a, send_many, many(p.b, BURST));
    world_run(f->w, SEC);
    assert_int_equal(seen_count(f, p.b, SIM_MESSAGE), BURST);
    int64_t most = 0;
    for (size_t i = 0; i < f->seen_count; i++)
        if (f->seen[i].event.kind == SIM_MESSAGE && f->seen[i].t > most) most = f->seen[i].t;
    assert_in_range(most, 19 * MS / 10, 2 * MS - 1);
    finish(&p);
}

static void corrupt_messages_are_delivered_when_asked_for_with_one_bit_flipped(void **state) {
    (void)state;
    struct pair_of p;
    struct fixture *f = start(&p);
    fixture_fault(f, FAULT_CORRUPT, p.a, p.b, PPB_ALL, 1);
    fixture_do(f, 0, p.a, send_many, many(p.b, 200));
    world_run(f->w, SEC);
    assert_int_equal(record_count(f, RECORD_DELIVER, "corrupt"), 200);
    for (size_t i = 0; i < 200; i++) {
        const struct seen *got = seen_nth(f, p.b, SIM_MESSAGE, i);
        const unsigned type = got->event.message.type;
        const unsigned changed = (got->bytes[0] ^ (type & 255)) |
                                 (got->bytes[1] ^ (type >> 8 & 255)) << 8;
        assert_int_equal(__builtin_popcount(changed), 1);
    }
    finish(&p);
}

static void a_cut_is_one_way_and_stops_what_is_in_flight(void **state) {
    (void)state;
    struct pair_of p;
    struct fixture *f = start(&p);
    fixture_do(f, 0, p.a, send_one, to_channel(p.b, DATAGRAM, 1));
    fixture_fault_at(f, MS / 2, FAULT_CUT, p.a, p.b, 0, 0);
    fixture_do(f, 2 * MS, p.a, send_one, to_channel(p.b, DATAGRAM, 2));
    fixture_do(f, 2 * MS, p.b, send_one, to_channel(p.a, DATAGRAM, 3));
    fixture_heal_at(f, 5 * MS, FAULT_CUT, p.a, p.b);
    fixture_do(f, 6 * MS, p.a, send_one, to_channel(p.b, DATAGRAM, 4));
    world_run(f->w, SEC);
    assert_int_equal(seen_count(f, p.b, SIM_MESSAGE), 1);
    assert_int_equal(seen_nth(f, p.b, SIM_MESSAGE, 0)->event.message.type, 4);
    assert_int_equal(seen_count(f, p.a, SIM_MESSAGE), 1);
    assert_int_equal(record_count(f, RECORD_DROP, "cut"), 2);
    assert_int_equal(world_fault_entry(f->w, 0)->effective, 2);
    finish(&p);
}

static void a_wildcard_cut_isolates_a_node_from_all_others_but_not_from_itself(void **state) {
    (void)state;
    struct pair_of p;
    struct fixture *f = start(&p);
    const sim_node c = fixture_node(f, "c", NULL);
    fixture_fault(f, FAULT_CUT, p.a, ALL, 0, 0);
    fixture_do(f, 0, p.a, send_one, to_channel(p.b, DATAGRAM, 1));
    fixture_do(f, 0, p.a, send_one, to_channel(c, DATAGRAM, 1));
    fixture_do(f, 0, p.a, send_one, to_channel(p.a, DATAGRAM, 1));
    fixture_do(f, 0, p.b, send_one, to_channel(c, DATAGRAM, 1));
    world_run(f->w, SEC);
    assert_int_equal(seen_count(f, p.b, SIM_MESSAGE), 0);
    assert_int_equal(seen_count(f, c, SIM_MESSAGE), 1);
    assert_int_equal(seen_count(f, p.a, SIM_MESSAGE), 1);
    finish(&p);
}

static void a_cut_that_stops_nothing_is_not_effective(void **state) {
    (void)state;
    struct pair_of p;
    struct fixture *f = start(&p);
    fixture_fault(f, FAULT_CUT, p.a, p.b, 0, 0);
    fixture_do(f, 0, p.b, send_one, to_channel(p.a, DATAGRAM, 1));
    world_run(f->w, SEC);
    assert_int_equal(world_fault_entry(f->w, 0)->effective, 0);
    finish(&p);
}

static void a_hold_keeps_one_type_until_it_is_released_oldest_first(void **state) {
    (void)state;
    struct pair_of p;
    struct fixture *f = start(&p);
    fixture_fault(f, FAULT_HOLD, p.a, p.b, 5, -1);
    for (int i = 0; i < 3; i++) fixture_do(f, i * MS, p.a, send_one, to_channel(p.b, DATAGRAM, 5));
    fixture_do(f, 0, p.a, send_one, to_channel(p.b, DATAGRAM, 6));
    world_run(f->w, SEC);
    assert_int_equal(seen_count(f, p.b, SIM_MESSAGE), 1);
    assert_int_equal(world_release(f->w, p.a, p.b, 5, 2), 2);
    world_run(f->w, 2 * SEC);
    assert_int_equal(seen_count(f, p.b, SIM_MESSAGE), 3);
    assert_int_equal(seen_nth(f, p.b, SIM_MESSAGE, 2)->t, SEC + MS);
    assert_int_equal(world_release(f->w, p.a, p.b, 6, -1), 0);
    assert_int_equal(world_heal(f->w, FAULT_HOLD, p.a, p.b), 1); /* the rest goes */
    world_run(f->w, 3 * SEC);
    assert_int_equal(seen_count(f, p.b, SIM_MESSAGE), 4);
    assert_int_equal(world_fault_entry(f->w, 0)->effective, 3);
    finish(&p);
}

static void a_datagram_for_a_node_that_is_down_is_dropped_and_may_reach_a_later_life(void **state) {
    (void)state;
    struct pair_of p;
    struct fixture *f = start(&p);
    fixture_fault_at(f, SEC, FAULT_CRASH, p.b, SIM_NOBODY, 0, 0);
    fixture_do(f, SEC, p.a, send_one, to_channel(p.b, DATAGRAM, 1)); /* arrives while it is down */
    fixture_do(f, 2 * SEC - MS / 2, p.a, send_one, to_channel(p.b, DATAGRAM, 2)); /* after */
    fixture_fault_at(f, 2 * SEC, FAULT_RESTART, p.b, SIM_NOBODY, 0, 0);
    world_run(f->w, 5 * SEC);
    assert_int_equal(seen_count(f, p.b, SIM_MESSAGE), 1);
    assert_int_equal(seen_nth(f, p.b, SIM_MESSAGE, 0)->event.message.type, 2);
    assert_int_equal(record_count(f, RECORD_DROP, "down"), 1);
    finish(&p);
}

static void send_body(struct fixture *f, const struct sim_event *e, struct sim_out *out,
                      int64_t arg) {
    (void)e;
    uint8_t *body = f->user;
    sim_send(out, (struct sim_message){.peer = (sim_node)(arg >> 32),
                                       .body = {body, (size_t)(arg & 0xffffffff)}});
}

static void bodies_of_no_byte_and_of_a_million_arrive_whole(void **state) {
    (void)state;
    static uint8_t body[1000000];
    for (size_t i = 0; i < sizeof body; i++) body[i] = (uint8_t)(i * 7);
    static const int64_t sizes[] = {0, 1, 63, 64, 65, 1000, 1000000};
    struct pair_of p;
    struct fixture *f = start(&p);
    f->user = body;
    fixture_fault(f, FAULT_DUPLICATE, p.a, p.b, PPB_ALL, 0);
    for (int64_t i = 0; i < 7; i++) fixture_do(f, i * SEC, p.a, send_body, many(p.b, sizes[i]));
    world_run(f->w, 10 * SEC);
    for (size_t i = 0; i < 14; i++) {
        const struct seen *got = seen_nth(f, p.b, SIM_MESSAGE, i);
        const size_t size = (size_t)sizes[i / 2];
        assert_int_equal(got->event.message.body.size, size);
        assert_int_equal(got->event.message.modelled_bytes, size);
        assert_memory_equal(got->bytes, body, size < 64 ? size : 64);
    }
    finish(&p);
}

static void a_node_that_is_not_there_and_a_channel_that_is_not_there_end_the_run(void **state) {
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct pair_of p;
        struct fixture *f = start(&p);
        fixture_do(f, 0, p.a, send_one, i ? to_channel(p.b, 3, 0) : to_channel(99, DATAGRAM, 0));
        assert_int_equal(world_run(f->w, SEC), WORLD_MODEL_ERROR);
        assert_non_null(strstr(world_why(f->w), i ? "channel 3" : "node 99"));
        fixture_close(f);
    }
}

static void greet_neighbours(struct fixture *f, sim_node self, const struct sim_event *e,
                             struct sim_out *out) {
    if (e->kind == SIM_START)
        for (sim_node i = 1; i <= 3; i++)
            sim_send(out, (struct sim_message){.peer = (self + i) % (sim_node)world_nodes(f->w)});
}

static void ten_thousand_nodes_cost_memory_for_the_pairs_that_talk_alone(void **state) {
    (void)state;
    struct fixture f;
    fixture_open(&f, NULL);
    const struct host_options host = fixture_host();
    for (int i = 0; i < 10000; i++) {
        char name[16];
        snprintf(name, sizeof name, "n%d", i);
        fixture_node_on(&f, name, world_add_host(f.w, &host), greet_neighbours);
    }
    fixture_fault(&f, FAULT_LOSS, ALL, ALL, 1000000, 0);
    struct text error = {0};
    world_run(f.w, SEC);
    assert_int_equal(seen_count(&f, 1, SIM_START), 1);
    text_free(&error);
    assert_no_slot_leaks(f.w);
    fixture_close(&f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_datagram_takes_the_delay_of_its_link),
        cmocka_unit_test(own_settings_come_before_regions_and_regions_before_all),
        cmocka_unit_test(bandwidth_sends_one_message_after_the_other_and_the_queue_can_be_measured),
        cmocka_unit_test(
            a_queue_never_holds_more_than_its_bound_and_an_idle_link_takes_any_message),
        cmocka_unit_test(congestion_leaves_the_bandwidth_that_it_says),
        cmocka_unit_test(a_delay_spike_adds_to_each_message),
        cmocka_unit_test(adding_loss_leaves_the_delays_of_the_others_as_they_were),
        cmocka_unit_test(a_fault_that_is_masked_leaves_the_links_own_losses_where_they_were),
        cmocka_unit_test(what_is_sent_later_draws_the_same_whatever_was_sent_before),
        cmocka_unit_test(a_reordering_fault_holds_back_by_at_most_what_it_says),
        cmocka_unit_test(corrupt_messages_are_delivered_when_asked_for_with_one_bit_flipped),
        cmocka_unit_test(a_cut_is_one_way_and_stops_what_is_in_flight),
        cmocka_unit_test(a_wildcard_cut_isolates_a_node_from_all_others_but_not_from_itself),
        cmocka_unit_test(a_cut_that_stops_nothing_is_not_effective),
        cmocka_unit_test(a_hold_keeps_one_type_until_it_is_released_oldest_first),
        cmocka_unit_test(a_datagram_for_a_node_that_is_down_is_dropped_and_may_reach_a_later_life),
        cmocka_unit_test(bodies_of_no_byte_and_of_a_million_arrive_whole),
        cmocka_unit_test(a_node_that_is_not_there_and_a_channel_that_is_not_there_end_the_run),
        cmocka_unit_test(ten_thousand_nodes_cost_memory_for_the_pairs_that_talk_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
