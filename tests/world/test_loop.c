/* The loop: limits, callbacks, predicates, watches, ties. */
#include <stdio.h>

#include "world/fixture.h"

#define ALL SIM_NOBODY

static void tick(struct fixture *f, sim_node self, const struct sim_event *e, struct sim_out *out) {
    (void)f;
    (void)self;
    if (e->kind == SIM_START || e->kind == SIM_TIMER) sim_arm(out, 1, e->now.mono_ns + MS);
}
static void flood(struct fixture *f, sim_node self, const struct sim_event *e,
                  struct sim_out *out) {
    (void)f;
    if (e->kind == SIM_START)
        for (int i = 0; i < 5000; i++) sim_send(out, (struct sim_message){.peer = self ^ 1});
}

static void as_many_events_as_allowed_run_and_one_more_is_the_limit(void **state) {
    (void)state;
    struct fixture f;
    fixture_open(&f, NULL);
    fixture_node(&f, "a", tick);
    world_run(f.w, 100 * MS);
    const int64_t needed = world_events(f.w);
    fixture_close(&f);
    for (int64_t less = 0; less < 2; less++) {
        fixture_open(&f, &(struct world_options){.seed = 1, .events_max = needed - less});
        fixture_node(&f, "a", tick);
        assert_int_equal(world_run(f.w, 100 * MS), less ? WORLD_LIMIT : WORLD_TIME_IS_UP);
        assert_true(!less || strstr(world_why(f.w), "events"));
        fixture_close(&f);
    }
}

static void too_much_pending_ends_the_run_with_a_sentence(void **state) {
    (void)state;
    struct fixture f;
    fixture_open(&f, &(struct world_options){.seed = 1, .pending_max = 1000});
    fixture_node(&f, "a", flood);
    fixture_node(&f, "b", NULL);
    assert_int_equal(world_run(f.w, SEC), WORLD_LIMIT);
    assert_non_null(strstr(world_why(f.w), "1000"));
    assert_int_equal(world_run(f.w, 2 * SEC), WORLD_LIMIT); /* and stays ended */
    fixture_close(&f);
}

static void a_world_without_events_reaches_its_time(void **state) {
    (void)state;
    struct fixture f;
    fixture_open(&f, NULL);
    fixture_node(&f, "a", NULL);
    assert_int_equal(world_run(f.w, 5 * SEC), WORLD_NOTHING_LEFT);
    assert_int_equal(world_now(f.w), 5 * SEC);
    assert_int_equal(world_run(f.w, 6 * SEC), WORLD_NOTHING_LEFT);
    fixture_close(&f);
}

static void running_in_pieces_is_running_at_once(void **state) {
    (void)state;
    uint64_t digest[2];
    for (int i = 0; i < 2; i++) {
        struct fixture f;
        fixture_open(&f, NULL);
        fixture_node(&f, "a", tick);
        fixture_node(&f, "b", flood);
        for (int64_t t = 0; i && t < SEC; t += 333333) world_run(f.w, t);
        world_run(f.w, SEC);
        digest[i] = world_digest(f.w);
        fixture_close(&f);
    }
    assert_int_equal(digest[0], digest[1]);
}

/* ---- callbacks ---- */

static char trail[4096];
static size_t trail_size;
static void leave(const char *what, int64_t t) {
    trail_size += (size_t)snprintf(trail + trail_size, sizeof trail - trail_size, "%s%lld ", what,
                                   (long long)(t / MS));
}
static void call(struct world *w, void *context) { leave(context, world_now(w)); }
static void call_and_plan(struct world *w, void *context) {
    leave("plan", world_now(w));
    world_at(w, world_now(w), call, context);
    world_at(w, world_now(w) + MS, call, context);
    world_at(w, 0, call, context); /* past: now */
}

static void callbacks_run_at_their_time_in_order_of_planning(void **state) {
    (void)state;
    struct fixture f;
    fixture_open(&f, NULL);
    trail_size = 0;
    world_at(f.w, 2 * MS, call, (void *)(uintptr_t) "b");
    world_at(f.w, MS, call_and_plan, (void *)(uintptr_t) "x");
    world_at(f.w, 2 * MS, call, (void *)(uintptr_t) "c");
    world_run(f.w, SEC);
    assert_string_equal(trail, "plan1 x1 x1 b2 c2 x2 ");
    fixture_close(&f);
}

static bool after_5(struct world *w, void *context) {
    if (world_now(w) < 5 * MS) return false;
    leave(context, world_now(w));
    return true;
}
static bool adds_another(struct world *w, void *context) {
    if (world_now(w) < 3 * MS) return false;
    leave("add", world_now(w));
    world_when(w, after_5, context);
    world_at(w, world_now(w), call, (void *)(uintptr_t) "acted");
    return true;
}

static void a_predicate_is_asked_after_each_event_until_it_answers(void **state) {
    (void)state;
    struct fixture f;
    fixture_open(&f, NULL);
    trail_size = 0;
    fixture_node(&f, "a", tick);
    world_when(f.w, after_5, (void *)(uintptr_t) "one");
    world_when(f.w, adds_another, (void *)(uintptr_t) "two");
    world_run(f.w, 20 * MS);
    assert_string_equal(trail, "add3 acted3 one5 two5 ");
    assert_int_equal(f.w->when_count, 0);
    fixture_close(&f);
}

static void watch(struct world *w, void *context) { leave(context, world_now(w)); }

static void a_watch_looks_at_each_multiple_before_that_instants_events(void **state) {
    (void)state;
    struct fixture f;
    fixture_open(&f, NULL);
    trail_size = 0;
    world_watch(f.w, 2 * MS, watch, (void *)(uintptr_t) "w");
    world_watch(f.w, 3 * MS, watch, (void *)(uintptr_t) "v");
    world_at(f.w, 2 * MS, call, (void *)(uintptr_t) "event");
    world_run(f.w, 4 * MS);
    world_run(f.w, 6 * MS);
    assert_string_equal(trail, "w0 v0 w2 event2 v3 w4 w6 v6 ");
    fixture_close(&f);
}

static void running_for_ever_ends_when_nothing_is_left_though_somebody_watches(void **state) {
    (void)state;
    struct fixture f;
    fixture_open(&f, NULL);
    trail_size = 0;
    world_watch(f.w, 2 * MS, watch, (void *)(uintptr_t) "w");
    world_at(f.w, 3 * MS, call, (void *)(uintptr_t) "event");
    assert_int_equal(world_run(f.w, INT64_MAX), WORLD_NOTHING_LEFT);
    assert_string_equal(trail, "w0 w2 event3 ");
    assert_int_equal(world_now(f.w), 3 * MS);
    fixture_close(&f);
}

static void stop(struct world *w, void *context) { world_stop(w, context); }

static void a_callback_or_a_watch_may_stop_the_world(void **state) {
    (void)state;
    for (int by_watch = 0; by_watch < 2; by_watch++) {
        struct fixture f;
        fixture_open(&f, NULL);
        fixture_node(&f, "a", tick);
        world_run(f.w, MS / 2);
        if (by_watch)
            world_watch(f.w, 5 * MS, stop, (void *)(uintptr_t) "enough");
        else
            world_at(f.w, 5 * MS, stop, (void *)(uintptr_t) "enough");
        assert_int_equal(world_run(f.w, SEC), WORLD_STOPPED);
        assert_string_equal(world_why(f.w), "enough");
        assert_true(world_now(f.w) <= 5 * MS);
        fixture_close(&f);
    }
}

/* ---- ties ---- */

static void order_of(bool shuffle, uint64_t seed, char *order) {
    struct fixture f;
    fixture_open(&f, &(struct world_options){.seed = seed, .tie_shuffle = shuffle});
    static const char *const names[] = {"a", "b", "c", "d", "e", "f", "g", "h"};
    trail_size = 0;
    for (int i = 0; i < 8; i++) world_at(f.w, MS, call, (void *)(uintptr_t)names[i]);
    world_run(f.w, SEC);
    memcpy(order, trail, trail_size + 1);
    fixture_close(&f);
}

static void ties_run_in_order_of_scheduling_or_in_one_that_the_seed_picks(void **state) {
    (void)state;
    char plain[64], one[64], again[64], two[64];
    order_of(false, 1, plain);
    order_of(true, 1, one);
    order_of(true, 1, again);
    order_of(true, 2, two);
    assert_string_equal(plain, "a1 b1 c1 d1 e1 f1 g1 h1 ");
    assert_string_equal(one, again);
    assert_string_not_equal(one, plain);
    assert_string_not_equal(one, two);
    assert_int_equal(strlen(one), strlen(plain));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(as_many_events_as_allowed_run_and_one_more_is_the_limit),
        cmocka_unit_test(too_much_pending_ends_the_run_with_a_sentence),
        cmocka_unit_test(a_world_without_events_reaches_its_time),
        cmocka_unit_test(running_in_pieces_is_running_at_once),
        cmocka_unit_test(callbacks_run_at_their_time_in_order_of_planning),
        cmocka_unit_test(a_predicate_is_asked_after_each_event_until_it_answers),
        cmocka_unit_test(a_watch_looks_at_each_multiple_before_that_instants_events),
        cmocka_unit_test(running_for_ever_ends_when_nothing_is_left_though_somebody_watches),
        cmocka_unit_test(a_callback_or_a_watch_may_stop_the_world),
        cmocka_unit_test(ties_run_in_order_of_scheduling_or_in_one_that_the_seed_picks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
