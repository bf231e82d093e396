/* Clocks and timers: a timer fires once its clock reads at least what it was armed for, whatever
 * that clock goes through meanwhile (wall/model.h). */
#include "world/fixture.h"

static int64_t mono_at_start(const struct fixture *f, sim_node node) {
    return seen_nth(f, node, SIM_START, 0)->event.now.mono_ns;
}

static int64_t delay_ns;
static bool armed_by_wall;

static void arm_at_start(struct fixture *f, sim_node self, const struct sim_event *e,
                         struct sim_out *out) {
    (void)f;
    (void)self;
    if (e->kind != SIM_START) return;
    if (armed_by_wall)
        sim_arm_wall(out, 7, e->now.wall_ns + delay_ns);
    else
        sim_arm(out, 7, e->now.mono_ns + delay_ns);
}

static void arm_later(struct fixture *f, const struct sim_event *e, struct sim_out *out,
                      int64_t arg) {
    (void)f;
    sim_arm(out, 7, e->now.mono_ns + arg);
}
static void disarm(struct fixture *f, const struct sim_event *e, struct sim_out *out, int64_t arg) {
    (void)f;
    (void)e;
    sim_disarm(out, (uint64_t)arg);
}
static void be_busy(struct fixture *f, const struct sim_event *e, struct sim_out *out,
                    int64_t arg) {
    (void)f;
    (void)e;
    sim_busy(out, arg);
}

static sim_node start(struct fixture *f, int64_t drift_ppb, bool wall, int64_t delay) {
    fixture_open(f, NULL);
    armed_by_wall = wall;
    delay_ns = delay;
    struct host_options host = fixture_host();
    host.clock.drift_ppb = drift_ppb;
    return fixture_node_on(f, "a", world_add_host(f->w, &host), arm_at_start);
}

static void assert_fired_exactly(const struct fixture *f, sim_node a, int64_t t) {
    assert_int_equal(seen_count(f, a, SIM_TIMER), 1);
    assert_int_equal(seen_nth(f, a, SIM_TIMER, 0)->t, t);
}

static void a_clock_that_runs_fast_fires_its_timers_early(void **state) {
    (void)state;
    struct fixture f;
    const sim_node a = start(&f, 250000000, false, SEC); /* a quarter faster */
    world_run(f.w, 10 * SEC);
    assert_fired_exactly(&f, a, 800 * MS);
    const struct seen *fired = seen_nth(&f, a, SIM_TIMER, 0);
    assert_int_equal(fired->event.now.mono_ns - mono_at_start(&f, a), SEC);
    assert_int_equal(fired->event.timer.id, 7);
    fixture_close(&f);
}

static void a_timer_fires_at_the_first_instant_at_which_its_clock_reads_enough(void **state) {
    (void)state;
    static const int64_t drifts[] = {1,      -1,        37,         -37,      99999,
                                     -99999, 123456789, -123456789, 700000001};
    for (size_t i = 0; i < sizeof drifts / sizeof *drifts; i++)
        for (int wall = 0; wall < 2; wall++) {
            struct fixture f;
            const sim_node a = start(&f, drifts[i], wall, 1234567891);
            world_run(f.w, 20 * SEC);
            const struct seen *begun = seen_nth(&f, a, SIM_START, 0),
                              *fired = seen_nth(&f, a, SIM_TIMER, 0);
            const int64_t want = (wall ? begun->event.now.wall_ns : begun->event.now.mono_ns) +
                                 1234567891;
            assert_true((wall ? fired->event.now.wall_ns : fired->event.now.mono_ns) >= want);
            const struct sim_clocks before = clock_read(f.w->hosts[0].clock, fired->t - 1);
            assert_true((wall ? before.wall_ns : before.mono_ns) < want);
            fixture_close(&f);
        }
}

static void a_change_of_drift_moves_a_timer_that_is_armed(void **state) {
    (void)state;
    struct fixture f;
    const sim_node a = start(&f, 0, false, SEC);
    fixture_fault_at(&f, 500 * MS, FAULT_CLOCK_DRIFT, a, SIM_NOBODY, -500000000,
                     0); /* half speed */
    world_run(f.w, 10 * SEC);
    assert_fired_exactly(&f, a, 1500 * MS);
    fixture_close(&f);
}

static void when_the_drift_heals_the_rest_runs_as_before(void **state) {
    (void)state;
    struct fixture f;
    const sim_node a = start(&f, 0, false, SEC);
    fixture_fault_at(&f, 500 * MS, FAULT_CLOCK_DRIFT, a, SIM_NOBODY, -500000000, 0);
    fixture_heal_at(&f, 900 * MS, FAULT_CLOCK_DRIFT, a, SIM_NOBODY);
    world_run(f.w, 10 * SEC);
    assert_fired_exactly(&f, a, 1200 * MS);
    fixture_close(&f);
}

static void no_drift_makes_a_monotonic_clock_run_backwards(void **state) {
    (void)state;
    struct fixture f;
    const sim_node a = start(&f, 0, false, SEC);
    fixture_fault(&f, FAULT_CLOCK_DRIFT, a, SIM_NOBODY, -3 * SEC, 0);
    world_run(f.w, SEC);
    const int64_t before = world_node_clocks(f.w, a).mono_ns;
    world_run(f.w, 2 * SEC);
    assert_true(world_node_clocks(f.w, a).mono_ns >= before);
    assert_int_equal(seen_count(&f, a, SIM_TIMER), 0);
    fixture_close(&f);
}

static void a_wall_clock_that_jumps_forward_fires_its_timers_at_once(void **state) {
    (void)state;
    struct fixture f;
    const sim_node a = start(&f, 0, true, 10 * SEC);
    fixture_fault_at(&f, SEC, FAULT_CLOCK_JUMP, a, SIM_NOBODY, 20 * SEC, 0);
    world_run(f.w, 60 * SEC);
    assert_fired_exactly(&f, a, SEC);
    fixture_close(&f);
}

static void a_wall_clock_that_jumps_back_fires_its_timers_later(void **state) {
    (void)state;
    struct fixture f;
    const sim_node a = start(&f, 0, true, 10 * SEC);
    fixture_fault_at(&f, SEC, FAULT_CLOCK_JUMP, a, SIM_NOBODY, -5 * SEC, 0);
    world_run(f.w, 60 * SEC);
    assert_fired_exactly(&f, a, 15 * SEC);
    fixture_close(&f);
}

static void a_jump_leaves_the_monotonic_clock_and_its_timers_alone(void **state) {
    (void)state;
    struct fixture f;
    const sim_node a = start(&f, 0, false, 10 * SEC);
    fixture_fault_at(&f, SEC, FAULT_CLOCK_JUMP, a, SIM_NOBODY, 20 * SEC, 0);
    world_run(f.w, 60 * SEC);
    assert_fired_exactly(&f, a, 10 * SEC);
    fixture_close(&f);
}

static void a_jump_back_while_a_wall_timer_waits_for_a_paused_node_puts_it_off(void **state) {
    (void)state;
    struct fixture f;
    const sim_node a = start(&f, 0, true, 2 * SEC);
    fixture_fault_at(&f, SEC, FAULT_PAUSE, a, SIM_NOBODY, 0, 0);
    fixture_fault_at(&f, 3 * SEC, FAULT_CLOCK_JUMP, a, SIM_NOBODY, -10 * SEC, 0);
    fixture_heal_at(&f, 4 * SEC, FAULT_PAUSE, a, SIM_NOBODY);
    world_run(f.w, 60 * SEC);
    assert_fired_exactly(&f, a, 12 * SEC);
    fixture_close(&f);
}

static void a_frozen_wall_clock_holds_its_timers_until_it_runs_again(void **state) {
    (void)state;
    struct fixture f;
    const sim_node a = start(&f, 0, true, 10 * SEC);
    fixture_fault_at(&f, 4 * SEC, FAULT_CLOCK_FREEZE, a, SIM_NOBODY, 0, 0);
    fixture_heal_at(&f, 7 * SEC, FAULT_CLOCK_FREEZE, a, SIM_NOBODY);
    world_run(f.w, 60 * SEC);
    assert_fired_exactly(&f, a, 13 * SEC);
    fixture_close(&f);
}

static void discipline(struct fixture *f, const struct sim_event *e, struct sim_out *out,
                       int64_t arg) {
    (void)f;
    (void)e;
    sim_discipline(out, (struct sim_discipline){.step_ns = arg,
                                                .rate_ppb = 100000000,
                                                .error_ns = MS,
                                                .error_growth_ppb = 200000});
}

static void a_time_daemon_steps_and_slews_the_wall_clock_of_its_host(void **state) {
    (void)state;
    struct fixture f;
    const sim_node a = start(&f, 0, true, 12 * SEC);
    fixture_do(&f, SEC, a, discipline, SEC); /* reads 2 s, and runs a tenth faster */
    world_run(f.w, 3 * SEC);
    assert_int_equal(world_measure(f.w, "clock_offset_ns", a, SIM_NOBODY), SEC + 200 * MS);
    assert_int_equal(world_node_clocks(f.w, a).wall_error_ns, MS + 400 * US);
    world_run(f.w, 60 * SEC);
    assert_fired_exactly(&f, a, SEC + INT64_C(9090909091)); /* 10 s at 1.1, up to the next ns */
    fixture_close(&f);
}

static void a_lie_replaces_the_bound_that_is_stated_and_ends_with_its_fault(void **state) {
    (void)state;
    struct fixture f;
    const sim_node a = start(&f, 0, true, SEC);
    fixture_fault_at(&f, SEC, FAULT_CLOCK_LIE, a, SIM_NOBODY, 5, 0);
    fixture_do(&f, 2 * SEC, a, discipline, 0);
    fixture_heal_at(&f, 4 * SEC, FAULT_CLOCK_LIE, a, SIM_NOBODY);
    world_run(f.w, 3 * SEC);
    assert_int_equal(world_node_clocks(f.w, a).wall_error_ns, 5);
    world_run(f.w, 4 * SEC);
    assert_int_equal(world_node_clocks(f.w, a).wall_error_ns, MS + 400 * US);
    fixture_close(&f);
}

static void arming_again_replaces_whether_later_or_earlier(void **state) {
    (void)state;
    for (int later = 0; later < 2; later++) {
        struct fixture f;
        const sim_node a = start(&f, 0, false, 2 * SEC);
        fixture_do(&f, SEC, a, arm_later, later ? 5 * SEC : 100 * MS);
        world_run(f.w, 60 * SEC);
        assert_fired_exactly(&f, a, later ? 6 * SEC : 1100 * MS);
        assert_no_slot_leaks(f.w);
        fixture_close(&f);
    }
}

static void arming_later_and_then_earlier_again_fires_once_at_the_last_word(void **state) {
    (void)state;
    struct fixture f;
    const sim_node a = start(&f, 0, false, 2 * SEC);
    fixture_do(&f, SEC, a, arm_later, 9 * SEC);
    fixture_do(&f, SEC, a, arm_later, 2 * SEC);
    fixture_do(&f, SEC, a, arm_later, 3 * SEC);
    world_run(f.w, 60 * SEC);
    assert_fired_exactly(&f, a, 4 * SEC);
    fixture_close(&f);
}

static void a_disarmed_timer_never_fires(void **state) {
    (void)state;
    struct fixture f;
    const sim_node a = start(&f, 0, false, 2 * SEC);
    fixture_do(&f, SEC, a, disarm, 7);
    world_run(f.w, 60 * SEC);
    assert_int_equal(seen_count(&f, a, SIM_TIMER), 0);
    assert_no_slot_leaks(f.w);
    fixture_close(&f);
}

static void a_timer_that_waits_in_the_inbox_can_be_disarmed_or_put_off_there(void **state) {
    (void)state;
    for (int put_off = 0; put_off < 2; put_off++) {
        struct fixture f;
        const sim_node a = start(&f, 0, false, 2 * SEC);
        fixture_do(&f, SEC, a, be_busy, 3 * SEC); /* the timer comes at 2 s, and waits until 4 s */
        fixture_do(&f, 1500 * MS, a, put_off ? arm_later : disarm, put_off ? 5 * SEC : 7);
        world_run(f.w, 60 * SEC);
        if (put_off)
            assert_fired_exactly(&f, a, 9 * SEC); /* 5 s after it was handled, at 4 s */
        else
            assert_int_equal(seen_count(&f, a, SIM_TIMER), 0);
        assert_no_slot_leaks(f.w);
        fixture_close(&f);
    }
}

static void a_timer_armed_for_the_past_fires_next(void **state) {
    (void)state;
    struct fixture f;
    const sim_node a = start(&f, 0, false, INT64_MIN / 4);
    world_run(f.w, 60 * SEC);
    assert_fired_exactly(&f, a, 0);
    fixture_close(&f);
}

static int64_t extreme;
static void arm_extreme(struct fixture *f, sim_node self, const struct sim_event *e,
                        struct sim_out *out) {
    (void)f;
    (void)self;
    if (e->kind != SIM_START) return;
    sim_arm(out, 1, extreme);
    sim_arm_wall(out, 2, extreme);
}

static void readings_at_the_ends_of_their_range_are_past_or_never(void **state) {
    (void)state;
    static const int64_t drifts[] = {0, 1000, -1000, 9 * INT64_C(1000000000)};
    for (int i = 0; i < 4; i++)
        for (int low = 0; low < 2; low++) {
            struct fixture f;
            fixture_open(&f, NULL);
            extreme = low ? INT64_MIN : INT64_MAX;
            struct host_options host = fixture_host();
            host.clock.drift_ppb = drifts[i];
            const sim_node a = fixture_node_on(&f, "a", world_add_host(f.w, &host), arm_extreme);
            world_run(f.w, 60 * SEC);
            assert_int_equal(seen_count(&f, a, SIM_TIMER), low ? 2 : 0);
            fixture_close(&f);
        }
}

static void chain(struct fixture *f, sim_node self, const struct sim_event *e,
                  struct sim_out *out) {
    (void)self;
    int64_t *n = f->user;
    if ((e->kind != SIM_START && e->kind != SIM_TIMER) || *n == 10000) return;
    sim_arm(out, (uint64_t)++ * n, e->now.mono_ns + MS);
    sim_arm(out, 1000000 + (uint64_t)*n, e->now.mono_ns + SEC);
    sim_disarm(out, 1000000 + (uint64_t)*n);
}

static void ids_that_are_used_once_leave_nothing_behind(void **state) {
    (void)state;
    struct fixture f;
    int64_t n = 0;
    fixture_open(&f, NULL);
    f.user = &n;
    const sim_node a = fixture_node(&f, "a", chain);
    world_run(f.w, 60 * SEC);
    assert_int_equal(seen_count(&f, a, SIM_TIMER), 10000);
    assert_int_equal(f.w->nodes[a].timer_of.count, 0);
    assert_true(f.w->nodes[a].timer_count < 2000); /* those disarmed go when their entry leaves */
    assert_no_slot_leaks(f.w);
    fixture_close(&f);
}

static void a_timers_cause_is_who_armed_it_even_if_its_clock_moved_it(void **state) {
    (void)state;
    struct fixture f;
    const sim_node a = start(&f, 0, false, SEC);
    fixture_fault_at(&f, 500 * MS, FAULT_CLOCK_DRIFT, a, SIM_NOBODY, 500000000, 0); /* earlier */
    world_run(f.w, 10 * SEC);
    int64_t start_seq = 0, cause = -1;
    for (size_t i = 0; i < f.record_count; i++) {
        if (f.records[i].record.kind == RECORD_START) start_seq = f.records[i].record.seq;
        if (f.records[i].record.kind == RECORD_TIMER) cause = f.records[i].record.cause;
    }
    assert_int_equal(cause, start_seq);
    fixture_close(&f);
}

static void clocks_of_one_host_are_one_and_survive_a_crash(void **state) {
    (void)state;
    struct fixture f;
    const sim_node a = start(&f, 1000, false, SEC);
    const sim_node b = fixture_node_on(&f, "b", world_node_host(f.w, a), NULL);
    fixture_fault_at(&f, SEC / 2, FAULT_CRASH, a, SIM_NOBODY, 1, 0);
    fixture_fault_at(&f, 2 * SEC, FAULT_RESTART, a, SIM_NOBODY, 0, 0);
    world_run(f.w, 10 * SEC);
    assert_int_equal(world_node_clocks(f.w, a).mono_ns, world_node_clocks(f.w, b).mono_ns);
    assert_int_equal(seen_nth(&f, a, SIM_START, 1)->event.now.mono_ns - mono_at_start(&f, a),
                     2 * SEC + 2 * US);
    assert_int_equal(seen_count(&f, a, SIM_TIMER), 1); /* that of the first life died with it */
    fixture_close(&f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_clock_that_runs_fast_fires_its_timers_early),
        cmocka_unit_test(a_timer_fires_at_the_first_instant_at_which_its_clock_reads_enough),
        cmocka_unit_test(a_change_of_drift_moves_a_timer_that_is_armed),
        cmocka_unit_test(when_the_drift_heals_the_rest_runs_as_before),
        cmocka_unit_test(no_drift_makes_a_monotonic_clock_run_backwards),
        cmocka_unit_test(a_wall_clock_that_jumps_forward_fires_its_timers_at_once),
        cmocka_unit_test(a_wall_clock_that_jumps_back_fires_its_timers_later),
        cmocka_unit_test(a_jump_leaves_the_monotonic_clock_and_its_timers_alone),
        cmocka_unit_test(a_jump_back_while_a_wall_timer_waits_for_a_paused_node_puts_it_off),
        cmocka_unit_test(a_frozen_wall_clock_holds_its_timers_until_it_runs_again),
        cmocka_unit_test(a_time_daemon_steps_and_slews_the_wall_clock_of_its_host),
        cmocka_unit_test(a_lie_replaces_the_bound_that_is_stated_and_ends_with_its_fault),
        cmocka_unit_test(arming_again_replaces_whether_later_or_earlier),
        cmocka_unit_test(arming_later_and_then_earlier_again_fires_once_at_the_last_word),
        cmocka_unit_test(a_disarmed_timer_never_fires),
        cmocka_unit_test(a_timer_that_waits_in_the_inbox_can_be_disarmed_or_put_off_there),
        cmocka_unit_test(a_timer_armed_for_the_past_fires_next),
        cmocka_unit_test(readings_at_the_ends_of_their_range_are_past_or_never),
        cmocka_unit_test(ids_that_are_used_once_leave_nothing_behind),
        cmocka_unit_test(a_timers_cause_is_who_armed_it_even_if_its_clock_moved_it),
        cmocka_unit_test(clocks_of_one_host_are_one_and_survive_a_crash),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
