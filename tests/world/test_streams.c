/* Streams: order, loss as delay, silence as reset, and nothing from before a reset after it. */
#include <stdio.h>

#include "world/fixture.h"

#define ALL SIM_NOBODY
#define PPB_ALL INT64_C(1000000000)

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
/* and a's connection to b is up from 2 ms on */
static struct fixture *start_connected(struct pair_of *p) {
    struct fixture *f = start(p);
    fixture_do(f, 0, p->a, connect_to, to_channel(p->b, STREAM, 0));
    return f;
}
static void finish(struct pair_of *p) {
    assert_no_slot_leaks(p->f.w);
    fixture_close(&p->f);
}
static void send_at(struct pair_of *p, int64_t t, uint32_t type) {
    fixture_do(&p->f, t, p->a, send_one, to_channel(p->b, STREAM, type));
}
static void be_busy(struct fixture *f, const struct sim_event *e, struct sim_out *out,
                    int64_t arg) {
    (void)f;
    (void)e;
    sim_busy(out, arg);
}

/* What a node was told of its streams and got from them, as one word an event: "up", "down", a
 * type. */
static const char *story(const struct fixture *f, sim_node node) {
    static char text[4096];
    size_t at = 0;
    text[0] = 0;
    for (size_t i = 0; i < f->seen_count && at + 16 < sizeof text; i++) {
        const struct sim_event *e = &f->seen[i].event;
        if (f->seen[i].node != node) continue;
        if (e->kind == SIM_PEER)
            at += (size_t)sprintf(text + at, "%s%s", at ? " " : "", e->peer.up ? "up" : "down");
        if (e->kind == SIM_MESSAGE)
            at += (size_t)sprintf(text + at, "%s%u", at ? " " : "", e->message.type);
    }
    return text;
}

static void a_connection_takes_a_round_trip_and_both_ends_are_told(void **state) {
    (void)state;
    struct pair_of p;
    struct fixture *f = start_connected(&p);
    world_run(f->w, SEC);
    assert_string_equal(story(f, p.a), "up");
    assert_string_equal(story(f, p.b), "up");
    assert_int_equal(seen_nth(f, p.b, SIM_PEER, 0)->t, MS);
    assert_int_equal(seen_nth(f, p.a, SIM_PEER, 0)->t, 2 * MS);
    assert_int_equal(seen_nth(f, p.a, SIM_PEER, 0)->event.peer.node, p.b);
    assert_int_equal(seen_nth(f, p.a, SIM_PEER, 0)->event.peer.channel, STREAM);
    finish(&p);
}

static void what_is_sent_on_no_stream_is_dropped(void **state) {
    (void)state;
    struct pair_of p;
    struct fixture *f = start(&p);
    send_at(&p, 0, 1);
    world_run(f->w, SEC);
    assert_string_equal(story(f, p.b), "");
    assert_int_equal(record_count(f, RECORD_DROP, "no stream"), 1);
    finish(&p);
}

static void a_host_that_is_up_refuses_for_a_process_that_is_not(void **state) {
    (void)state;
    struct pair_of p;
    struct fixture *f = start(&p);
    fixture_fault_at(f, 0, FAULT_CRASH, p.b, ALL, 0, 0);
    fixture_do(f, SEC, p.a, connect_to, to_channel(p.b, STREAM, 0));
    world_run(f->w, 60 * SEC);
    assert_string_equal(story(f, p.a), "down");
    assert_int_equal(seen_nth(f, p.a, SIM_PEER, 0)->t, SEC + 2 * MS);
    finish(&p);
}

static void a_host_without_power_answers_nothing_and_the_caller_gives_up(void **state) {
    (void)state;
    struct pair_of p;
    struct fixture *f = start(&p);
    fixture_fault_at(f, 0, FAULT_CRASH, p.b, ALL, 1, 0);
    fixture_do(f, SEC, p.a, connect_to, to_channel(p.b, STREAM, 0));
    world_run(f->w, 60 * SEC);
    assert_string_equal(story(f, p.a), "down");
    assert_int_equal(seen_nth(f, p.a, SIM_PEER, 0)->t, 11 * SEC); /* reset_after is 10 s */
    assert_int_equal(record_count(f, RECORD_PEER, "timed out"), 1);
    finish(&p);
}

static void a_caller_reaches_a_host_that_comes_up_while_it_calls(void **state) {
    (void)state;
    struct pair_of p;
    struct fixture *f = start(&p);
    fixture_fault_at(f, 0, FAULT_CRASH, p.b, ALL, 1, 0);
    fixture_do(f, SEC, p.a, connect_to, to_channel(p.b, STREAM, 0));
    fixture_fault_at(f, 3 * SEC, FAULT_RESTART, p.b, ALL, 0, 0);
    world_run(f->w, 60 * SEC);
    assert_string_equal(story(f, p.a), "up");
    assert_string_equal(story(f, p.b), "up");
    finish(&p);
}

/* Whatever is lost on the way there or back, a caller is told in the end, and may call again. */
static void no_caller_waits_for_ever(void **state) {
    (void)state;
    for (int way_back = 0; way_back < 2; way_back++)
        for (int down = 0; down < 2; down++)
            for (int kind = FAULT_CUT; kind <= FAULT_LOSS; kind++) {
                struct pair_of p;
                struct fixture *f = start(&p);
                if (down) fixture_fault_at(f, 0, FAULT_CRASH, p.b, ALL, 0, 0);
                fixture_do(f, SEC, p.a, connect_to, to_channel(p.b, STREAM, 0));
                fixture_fault_at(f, SEC / 2, (enum fault_kind)kind, way_back ? p.b : p.a,
                                 way_back ? p.a : p.b, PPB_ALL, 0);
                fixture_heal_at(f, 40 * SEC, (enum fault_kind)kind, way_back ? p.b : p.a,
                                way_back ? p.a : p.b);
                if (down) fixture_fault_at(f, 40 * SEC, FAULT_RESTART, p.b, ALL, 0, 0);
                world_run(f->w, 45 * SEC);
                assert_string_equal(story(f, p.a), "down");
                fixture_do(f, 50 * SEC, p.a, connect_to, to_channel(p.b, STREAM, 0));
                send_at(&p, 51 * SEC, 9);
                world_run(f->w, 60 * SEC);
                assert_string_equal(story(f, p.a), "down up");
                const char *b = story(f, p.b);
                assert_string_equal(b + strlen(b) - 4, "up 9");
                finish(&p);
            }
}

static void both_may_call_at_once_and_one_connection_comes_of_it(void **state) {
    (void)state;
    struct pair_of p;
    struct fixture *f = start(&p);
    fixture_do(f, 0, p.a, connect_to, to_channel(p.b, STREAM, 0));
    fixture_do(f, 0, p.b, connect_to, to_channel(p.a, STREAM, 0));
    send_at(&p, SEC, 5);
    fixture_do(f, SEC, p.b, send_one, to_channel(p.a, STREAM, 6));
    world_run(f->w, 60 * SEC);
    assert_string_equal(story(f, p.a), "up 6");
    assert_string_equal(story(f, p.b), "up 5");
    finish(&p);
}

static void order_holds_under_random_delays_and_heavy_loss(void **state) {
    (void)state;
    struct pair_of p;
    struct fixture *f = start_connected(&p);
    struct link_settings link = fixture_link();
    link.delay = distribution_lognormal(MS, 50 * MS);
    link.loss_ppb = PPB_ALL / 5;
    link.reset_after_ns = 600 * SEC;
    world_link(f->w, p.a, p.b, &link);
    for (uint32_t i = 1; i <= 300; i++) send_at(&p, 30 * SEC + i * MS, i);
    world_run(f->w, 600 * SEC);
    assert_int_equal(seen_count(f, p.b, SIM_MESSAGE), 300);
    for (uint32_t i = 0; i < 300; i++)
        assert_int_equal(seen_nth(f, p.b, SIM_MESSAGE, i)->event.message.type, i + 1);
    finish(&p);
}

static void a_lone_message_that_is_lost_is_sent_again_after_200_ms_then_twice_that(void **state) {
    (void)state;
    struct pair_of p;
    struct fixture *f = start_connected(&p);
    fixture_fault_at(f, SEC, FAULT_LOSS, p.a, p.b, PPB_ALL, 0);
    send_at(&p, 2 * SEC, 1); /* lost at 2.001, 2.201 and 2.601 s */
    fixture_heal_at(f, 3 * SEC, FAULT_LOSS, p.a, p.b);
    world_run(f->w, 60 * SEC);
    assert_int_equal(seen_nth(f, p.b, SIM_MESSAGE, 0)->t, 2 * SEC + MS + (200 + 400 + 800) * MS);
    finish(&p);
}

static void a_loss_that_others_follow_is_repaired_in_a_round_trip(void **state) {
    (void)state;
    struct pair_of p;
    struct fixture *f = start_connected(&p);
    fixture_fault_at(f, SEC, FAULT_LOSS, p.a, p.b, PPB_ALL, 0);
    for (uint32_t i = 1; i <= 5; i++) send_at(&p, 2 * SEC, i);
    fixture_heal_at(f, 2 * SEC + 2 * MS, FAULT_LOSS, p.a, p.b);
    world_run(f->w, 60 * SEC);
    for (uint32_t i = 0; i < 5; i++)
        assert_int_equal(seen_nth(f, p.b, SIM_MESSAGE, i)->t, 2 * SEC + 3 * MS);
    assert_string_equal(story(f, p.b), "up 1 2 3 4 5");
    finish(&p);
}

static void a_cut_shorter_than_reset_after_only_delays(void **state) {
    (void)state;
    struct pair_of p;
    struct fixture *f = start_connected(&p);
    fixture_fault_at(f, SEC, FAULT_CUT, p.a, p.b, 0, 0);
    send_at(&p, 2 * SEC, 1);
    send_at(&p, 3 * SEC, 2);
    fixture_heal_at(f, 2 * SEC + 9900 * MS, FAULT_CUT, p.a, p.b); /* reset_after is 10 s */
    world_run(f->w, 60 * SEC);
    assert_string_equal(story(f, p.b), "up 1 2");
    assert_string_equal(story(f, p.a), "up");
    finish(&p);
}

static void a_cut_longer_than_reset_after_resets_the_sender_alone(void **state) {
    (void)state;
    struct pair_of p;
    struct fixture *f = start_connected(&p);
    fixture_fault_at(f, SEC, FAULT_CUT, p.a, p.b, 0, 0);
    send_at(&p, 2 * SEC, 1);
    fixture_heal_at(f, 20 * SEC, FAULT_CUT, p.a, p.b);
    world_run(f->w, 30 * SEC);
    assert_string_equal(story(f, p.a), "up down");
    assert_int_equal(seen_nth(f, p.a, SIM_PEER, 1)->t, 12 * SEC);
    assert_string_equal(story(f, p.b), "up"); /* half open: it hears of it when it sends */
    fixture_do(f, 30 * SEC, p.b, send_one, to_channel(p.a, STREAM, 2));
    world_run(f->w, 40 * SEC);
    assert_string_equal(story(f, p.b), "up down");
    assert_string_equal(story(f, p.a), "up down");
    finish(&p);
}

static void progress_renews_the_patience_of_a_line(void **state) {
    (void)state;
    struct pair_of p;
    struct fixture *f = start_connected(&p);
    fixture_fault_at(f, SEC, FAULT_CUT, p.a, p.b, 0, 0);
    send_at(&p, 2 * SEC, 1); /* its last try is at 12 s, and gets through */
    fixture_fault_at(f, 2 * SEC + 1, FAULT_DELAY, p.a, p.b, 11 * SEC, 0);
    send_at(&p, 2 * SEC + 2, 2); /* comes at 13 s, and is stopped until 15 s */
    fixture_heal_at(f, 11 * SEC + 900 * MS, FAULT_CUT, p.a, p.b);
    fixture_fault_at(f, 12 * SEC + 500 * MS, FAULT_CUT, p.a, p.b, 0, 0);
    fixture_heal_at(f, 15 * SEC, FAULT_CUT, p.a, p.b);
    world_run(f->w, 60 * SEC);
    assert_string_equal(story(f, p.a), "up");
    assert_string_equal(story(f, p.b), "up 1 2");
    finish(&p);
}

static void close_delivers_what_was_sent_before_it(void **state) {
    (void)state;
    struct pair_of p;
    struct fixture *f = start_connected(&p);
    for (uint32_t i = 1; i <= 3; i++) send_at(&p, SEC, i);
    fixture_do(f, SEC, p.a, close_to, to_channel(p.b, STREAM, 0));
    send_at(&p, SEC, 4);
    world_run(f->w, 60 * SEC);
    assert_string_equal(story(f, p.b), "up 1 2 3 down");
    assert_string_equal(story(f, p.a), "up"); /* who closes is not told */
    finish(&p);
}

static void a_new_connection_waits_for_the_end_of_the_one_that_was_closed(void **state) {
    (void)state;
    struct pair_of p;
    struct fixture *f = start_connected(&p);
    fixture_fault_at(f, SEC, FAULT_DELAY, p.a, p.b, 100 * MS, 0);
    fixture_heal_at(f, SEC + 1, FAULT_DELAY, p.a, p.b);
    send_at(&p, SEC, 1); /* is still under way for 101 ms */
    fixture_do(f, SEC + MS, p.a, close_to, to_channel(p.b, STREAM, 0));
    fixture_do(f, SEC + 2 * MS, p.a, connect_to, to_channel(p.b, STREAM, 0));
    send_at(&p, 2 * SEC, 2);
    world_run(f->w, 60 * SEC);
    assert_string_equal(story(f, p.b), "up 1 down up 2");
    assert_string_equal(story(f, p.a), "up up");
    finish(&p);
}

static void a_process_that_dies_resets_its_streams_behind_what_it_had_sent(void **state) {
    (void)state;
    struct pair_of p;
    struct fixture *f = start_connected(&p);
    send_at(&p, SEC, 1);
    fixture_fault_at(f, SEC + MS / 2, FAULT_CRASH, p.a, ALL, 0, 0);
    fixture_fault_at(f, SEC + MS / 2, FAULT_RESTART, p.a, ALL, 0, 0);
    fixture_do(f, SEC + MS * 6 / 10, p.a, connect_to, to_channel(p.b, STREAM, 0));
    world_run(f->w, 60 * SEC);
    assert_string_equal(story(f, p.b), "up 1 down up");
    assert_string_equal(story(f, p.a), "up up");
    finish(&p);
}

static void a_power_loss_is_silent_until_the_peer_sends_to_the_host_that_is_back(void **state) {
    (void)state;
    struct pair_of p;
    struct fixture *f = start_connected(&p);
    fixture_fault_at(f, SEC, FAULT_CRASH, p.b, ALL, 1, 0);
    fixture_fault_at(f, 20 * SEC, FAULT_RESTART, p.b, ALL, 0, 0);
    world_run(f->w, 30 * SEC);
    assert_string_equal(story(f, p.a), "up");
    send_at(&p, 30 * SEC, 1);
    world_run(f->w, 60 * SEC);
    assert_string_equal(story(f, p.a), "up down");
    assert_string_equal(story(f, p.b), "up");
    assert_int_equal(seen_nth(f, p.a, SIM_PEER, 1)->t, 30 * SEC + 2 * MS);
    finish(&p);
}

static void a_host_whose_power_went_sends_nothing_again_when_it_is_back(void **state) {
    (void)state;
    struct pair_of p;
    struct fixture *f = start_connected(&p);
    fixture_fault_at(f, SEC, FAULT_CUT, p.a, p.b, 0, 0);
    send_at(&p, SEC, 1); /* its first try is lost */
    fixture_fault_at(f, SEC + 50 * MS, FAULT_CRASH, p.a, ALL, 1, 0);
    fixture_fault_at(f, SEC + 60 * MS, FAULT_RESTART, p.a, ALL, 0, 0);
    fixture_heal_at(f, SEC + 70 * MS, FAULT_CUT, p.a,
                    p.b); /* the try at 1.201 s would get through */
    world_run(f->w, 60 * SEC);
    assert_string_equal(story(f, p.b), "up");
    assert_int_equal(record_count(f, RECORD_DROP, "power lost"), 1);
    finish(&p);
}

static void nodes_of_one_host_have_its_power_in_common(void **state) {
    (void)state;
    struct pair_of p;
    struct fixture *f = start(&p);
    const sim_node c = fixture_node_on(f, "c", world_node_host(f->w, p.b), NULL);
    fixture_fault_at(f, SEC, FAULT_CRASH, c, ALL, 1, 0);
    fixture_fault_at(f, 2 * SEC, FAULT_RESTART, c, ALL, 0, 0);
    fixture_do(f, 3 * SEC, p.a, connect_to,
               to_channel(p.b, STREAM, 0)); /* its host is up, it is not */
    world_run(f->w, 60 * SEC);
    assert_int_equal(seen_count(f, p.b, SIM_START), 1);
    assert_int_equal(record_count(f, RECORD_PEER, "refused"), 1);
    finish(&p);
}

static void who_loses_its_half_and_calls_again_replaces_the_other_half(void **state) {
    (void)state;
    struct pair_of p;
    struct fixture *f = start_connected(&p);
    fixture_fault_at(f, SEC, FAULT_CRASH, p.a, ALL, 1, 0);
    fixture_fault_at(f, 2 * SEC, FAULT_RESTART, p.a, ALL, 0, 0);
    fixture_do(f, 3 * SEC, p.a, connect_to, to_channel(p.b, STREAM, 0));
    send_at(&p, 4 * SEC, 1);
    world_run(f->w, 60 * SEC);
    assert_string_equal(story(f, p.b), "up down up 1");
    finish(&p);
}

static void halt_when_down(struct fixture *f, sim_node self, const struct sim_event *e,
                           struct sim_out *out) {
    (void)f;
    (void)self;
    if (e->kind == SIM_PEER && !e->peer.up) sim_halt(out, "lost its peer");
}

static void a_node_that_dies_of_the_news_accepts_no_connection(void **state) {
    (void)state;
    struct pair_of p;
    struct fixture *f = start_connected(&p);
    f->step[p.b] = halt_when_down;
    fixture_fault_at(f, SEC, FAULT_CRASH, p.a, ALL, 1, 0);
    fixture_fault_at(f, 2 * SEC, FAULT_RESTART, p.a, ALL, 0, 0);
    fixture_do(f, 3 * SEC, p.a, connect_to, to_channel(p.b, STREAM, 0));
    fixture_fault_at(f, 4 * SEC, FAULT_RESTART, p.b, ALL, 0, 0);
    fixture_do(f, 5 * SEC, p.b, send_one,
               to_channel(p.a, STREAM, 1)); /* a stream that it never had */
    world_run(f->w, 60 * SEC);
    assert_string_equal(story(f, p.a), "up down");
    assert_string_equal(story(f, p.b), "up down");
    finish(&p);
}

static void what_waits_for_a_paused_node_comes_before_the_news_of_the_reset(void **state) {
    (void)state;
    struct pair_of p;
    struct fixture *f = start_connected(&p);
    fixture_fault_at(f, SEC, FAULT_PAUSE, p.b, ALL, 0, 0);
    send_at(&p, 2 * SEC, 1);
    send_at(&p, 2 * SEC, 2);
    fixture_fault_at(f, 3 * SEC, FAULT_CRASH, p.a, ALL, 0, 0);
    fixture_fault_at(f, 4 * SEC, FAULT_RESTART, p.a, ALL, 0, 0);
    fixture_do(f, 5 * SEC, p.a, connect_to, to_channel(p.b, STREAM, 0));
    send_at(&p, 6 * SEC, 3);
    fixture_heal_at(f, 10 * SEC, FAULT_PAUSE, p.b, ALL);
    world_run(f->w, 60 * SEC);
    assert_string_equal(story(f, p.b), "up 1 2 down up 3");
    finish(&p);
}

static void what_a_node_sends_before_it_knows_of_a_reset_is_not_carried_after_it(void **state) {
    (void)state;
    struct pair_of p;
    struct fixture *f = start_connected(&p);
    fixture_do(f, SEC, p.b, be_busy,
               10 * SEC); /* b does not see the reset, nor the next connection */
    fixture_do(f, 1500 * MS, p.b, send_one,
               to_channel(p.a, STREAM, 66)); /* meant for the first one */
    fixture_fault_at(f, 2 * SEC, FAULT_CRASH, p.a, ALL, 0, 0);
    fixture_fault_at(f, 3 * SEC, FAULT_RESTART, p.a, ALL, 0, 0);
    fixture_do(f, 4 * SEC, p.a, connect_to, to_channel(p.b, STREAM, 0));
    fixture_do(f, 20 * SEC, p.b, send_one, to_channel(p.a, STREAM, 7));
    world_run(f->w, 60 * SEC);
    assert_string_equal(story(f, p.b), "up down up");
    assert_string_equal(story(f, p.a), "up up 7");
    finish(&p);
}

static void what_a_node_closes_is_the_connection_that_it_knows(void **state) {
    (void)state;
    struct pair_of p;
    struct fixture *f = start_connected(&p);
    fixture_do(f, SEC, p.b, be_busy, 10 * SEC);
    fixture_do(f, 1500 * MS, p.b, close_to, to_channel(p.a, STREAM, 0));
    send_at(&p, 1600 * MS, 1); /* waits for b, and comes after its close */
    fixture_fault_at(f, 2 * SEC, FAULT_CRASH, p.a, ALL, 0, 0);
    fixture_fault_at(f, 3 * SEC, FAULT_RESTART, p.a, ALL, 0, 0);
    fixture_do(f, 4 * SEC, p.a, connect_to, to_channel(p.b, STREAM, 0));
    send_at(&p, 20 * SEC, 2);
    world_run(f->w, 60 * SEC);
    assert_string_equal(story(f, p.b), "up up 2"); /* who closes is told no more of that one */
    finish(&p);
}

static void a_caller_that_closes_before_the_answer_hears_nothing(void **state) {
    (void)state;
    struct pair_of p;
    struct fixture *f = start_connected(&p);
    fixture_do(f, MS, p.a, close_to, to_channel(p.b, STREAM, 0));
    world_run(f->w, 60 * SEC);
    assert_string_equal(story(f, p.a), "");
    assert_string_equal(story(f, p.b), "up down");
    finish(&p);
}

static void a_datagram_channel_and_two_streams_do_not_disturb_each_other(void **state) {
    (void)state;
    struct pair_of p;
    struct fixture *f = start_connected(&p);
    fixture_do(f, 0, p.a, connect_to, to_channel(p.b, STREAM_2, 0));
    fixture_do(f, SEC, p.a, close_to, to_channel(p.b, STREAM, 0));
    fixture_do(f, 2 * SEC, p.a, send_one, to_channel(p.b, STREAM, 1));
    fixture_do(f, 2 * SEC, p.a, send_one, to_channel(p.b, STREAM_2, 2));
    fixture_do(f, 2 * SEC, p.a, send_one, to_channel(p.b, DATAGRAM, 3));
    world_run(f->w, 60 * SEC);
    assert_string_equal(story(f, p.b), "up up down 2 3");
    finish(&p);
}

static void a_held_message_holds_up_its_stream_and_order_stays(void **state) {
    (void)state;
    struct pair_of p;
    struct fixture *f = start_connected(&p);
    fixture_fault_at(f, SEC, FAULT_HOLD, p.a, p.b, 5, -1);
    static const uint32_t types[] = {1, 5, 2, 5, 3};
    for (int i = 0; i < 5; i++) send_at(&p, 2 * SEC + i * MS, types[i]);
    fixture_do(f, 3 * SEC, p.a, close_to, to_channel(p.b, STREAM, 0));
    world_run(f->w, 30 * SEC);
    assert_string_equal(story(f, p.b), "up 1");
    assert_int_equal(world_release(f->w, p.a, p.b, 5, 1), 1);
    world_run(f->w, 40 * SEC);
    assert_string_equal(story(f, p.b), "up 1 5 2");
    world_heal(f->w, FAULT_HOLD, p.a, p.b);
    world_run(f->w, 50 * SEC);
    assert_string_equal(story(f, p.b), "up 1 5 2 5 3 down");
    finish(&p);
}

static void a_held_message_of_a_stream_that_is_reset_is_gone(void **state) {
    (void)state;
    struct pair_of p;
    struct fixture *f = start_connected(&p);
    fixture_fault_at(f, SEC, FAULT_HOLD, p.a, p.b, 5, -1);
    send_at(&p, 2 * SEC, 5);
    send_at(&p, 2 * SEC, 5);
    fixture_fault_at(f, 3 * SEC, FAULT_CRASH, p.b, ALL, 0, 0);
    fixture_fault_at(f, 4 * SEC, FAULT_RESTART, p.b, ALL, 0, 0);
    fixture_do(f, 5 * SEC, p.a, connect_to, to_channel(p.b, STREAM, 0));
    world_run(f->w, 10 * SEC);
    assert_string_equal(story(f, p.a), "up down up");
    assert_int_equal(world_release(f->w, p.a, p.b, -1, -1), 0);
    world_run(f->w, 60 * SEC);
    assert_string_equal(story(f, p.b), "up up");
    finish(&p);
}

static void who_connects_to_itself_or_to_nobody_is_wrong(void **state) {
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct pair_of p;
        struct fixture *f = start(&p);
        fixture_do(f, 0, p.a, connect_to, to_channel(i ? p.a : 17, STREAM, 0));
        assert_int_equal(world_run(f->w, SEC), WORLD_MODEL_ERROR);
        fixture_close(f);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_connection_takes_a_round_trip_and_both_ends_are_told),
        cmocka_unit_test(what_is_sent_on_no_stream_is_dropped),
        cmocka_unit_test(a_host_that_is_up_refuses_for_a_process_that_is_not),
        cmocka_unit_test(a_host_without_power_answers_nothing_and_the_caller_gives_up),
        cmocka_unit_test(a_caller_reaches_a_host_that_comes_up_while_it_calls),
        cmocka_unit_test(no_caller_waits_for_ever),
        cmocka_unit_test(both_may_call_at_once_and_one_connection_comes_of_it),
        cmocka_unit_test(order_holds_under_random_delays_and_heavy_loss),
        cmocka_unit_test(a_lone_message_that_is_lost_is_sent_again_after_200_ms_then_twice_that),
        cmocka_unit_test(a_loss_that_others_follow_is_repaired_in_a_round_trip),
        cmocka_unit_test(a_cut_shorter_than_reset_after_only_delays),
        cmocka_unit_test(a_cut_longer_than_reset_after_resets_the_sender_alone),
        cmocka_unit_test(progress_renews_the_patience_of_a_line),
        cmocka_unit_test(close_delivers_what_was_sent_before_it),
        cmocka_unit_test(a_new_connection_waits_for_the_end_of_the_one_that_was_closed),
        cmocka_unit_test(a_process_that_dies_resets_its_streams_behind_what_it_had_sent),
        cmocka_unit_test(a_power_loss_is_silent_until_the_peer_sends_to_the_host_that_is_back),
        cmocka_unit_test(a_host_whose_power_went_sends_nothing_again_when_it_is_back),
        cmocka_unit_test(nodes_of_one_host_have_its_power_in_common),
        cmocka_unit_test(who_loses_its_half_and_calls_again_replaces_the_other_half),
        cmocka_unit_test(a_node_that_dies_of_the_news_accepts_no_connection),
        cmocka_unit_test(what_waits_for_a_paused_node_comes_before_the_news_of_the_reset),
        cmocka_unit_test(what_a_node_sends_before_it_knows_of_a_reset_is_not_carried_after_it),
        cmocka_unit_test(what_a_node_closes_is_the_connection_that_it_knows),
        cmocka_unit_test(a_caller_that_closes_before_the_answer_hears_nothing),
        cmocka_unit_test(a_datagram_channel_and_two_streams_do_not_disturb_each_other),
        cmocka_unit_test(a_held_message_holds_up_its_stream_and_order_stays),
        cmocka_unit_test(a_held_message_of_a_stream_that_is_reset_is_gone),
        cmocka_unit_test(who_connects_to_itself_or_to_nobody_is_wrong),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
