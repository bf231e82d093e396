/* Cores, lanes and busy steps: processor sharing, to the nanosecond. */
#include "world/fixture.h"

/* arg: lane << 48 | tag << 40 | ns */
static int64_t piece(int64_t lane, int64_t tag, int64_t ns) { return lane << 48 | tag << 40 | ns; }
static void work(struct fixture *f, const struct sim_event *e, struct sim_out *out, int64_t arg) {
    (void)f;
    (void)e;
    sim_work(out, (uint32_t)(arg >> 48), arg & 0xffffffffff, (uint64_t)(arg >> 40 & 255));
}
static void cancel(struct fixture *f, const struct sim_event *e, struct sim_out *out, int64_t arg) {
    (void)f;
    (void)e;
    sim_cancel(out, (uint32_t)(arg >> 48), (uint64_t)(arg >> 40 & 255));
}
static void be_busy(struct fixture *f, const struct sim_event *e, struct sim_out *out,
                    int64_t arg) {
    (void)f;
    (void)e;
    sim_busy(out, arg);
}

static sim_node start(struct fixture *f, uint32_t cores) {
    fixture_open(f, NULL);
    struct host_options host = fixture_host();
    host.cores = cores;
    return fixture_node_on(f, "a", world_add_host(f->w, &host), NULL);
}

/* When the piece of that tag was answered; -1: never. */
static int64_t done_at(const struct fixture *f, sim_node node, uint64_t tag) {
    for (size_t i = 0; i < f->seen_count; i++)
        if (f->seen[i].node == node && f->seen[i].event.kind == SIM_WORK &&
            f->seen[i].event.work.tag == tag)
            return f->seen[i].t;
    return -1;
}

static void two_lanes_on_one_core_take_twice_as_long(void **state) {
    (void)state;
    struct fixture f;
    const sim_node a = start(&f, 1);
    fixture_do(&f, 0, a, work, piece(1, 1, 10 * MS));
    fixture_do(&f, 0, a, work, piece(2, 2, 10 * MS));
    world_run(f.w, SEC);
    assert_int_equal(done_at(&f, a, 1), 20 * MS);
    assert_int_equal(done_at(&f, a, 2), 20 * MS);
    assert_no_slot_leaks(f.w);
    fixture_close(&f);
}

static void as_many_lanes_as_cores_do_not_slow_each_other(void **state) {
    (void)state;
    for (uint32_t cores = 0; cores <= 2; cores += 2) {
        struct fixture f;
        const sim_node a = start(&f, cores);
        fixture_do(&f, 0, a, work, piece(1, 1, 10 * MS));
        fixture_do(&f, 0, a, work, piece(2, 2, 10 * MS));
        world_run(f.w, SEC);
        assert_int_equal(done_at(&f, a, 1), 10 * MS);
        assert_int_equal(done_at(&f, a, 2), 10 * MS);
        fixture_close(&f);
    }
}

static void three_lanes_on_two_cores_get_two_thirds_each(void **state) {
    (void)state;
    struct fixture f;
    const sim_node a = start(&f, 2);
    for (int lane = 1; lane <= 3; lane++) fixture_do(&f, 0, a, work, piece(lane, lane, 10 * MS));
    world_run(f.w, SEC);
    for (uint64_t tag = 1; tag <= 3; tag++) assert_int_equal(done_at(&f, a, tag), 15 * MS);
    fixture_close(&f);
}

static void who_arrives_midway_shares_from_then_on(void **state) {
    (void)state;
    struct fixture f;
    const sim_node a = start(&f, 1);
    fixture_do(&f, 0, a, work, piece(1, 1, 10 * MS));
    fixture_do(&f, 4 * MS, a, work, piece(2, 2, 10 * MS)); /* 6 ms are left: both until 16 ms */
    world_run(f.w, SEC);
    assert_int_equal(done_at(&f, a, 1), 16 * MS);
    assert_int_equal(done_at(&f, a, 2), 20 * MS);
    fixture_close(&f);
}

static void work_of_one_lane_queues_in_order(void **state) {
    (void)state;
    struct fixture f;
    const sim_node a = start(&f, 4);
    for (int tag = 1; tag <= 6; tag++) fixture_do(&f, 0, a, work, piece(1, tag, tag * MS));
    world_run(f.w, SEC);
    for (int tag = 1, sum = 0; tag <= 6; tag++) {
        sum += tag;
        assert_int_equal(done_at(&f, a, (uint64_t)tag), sum * MS);
    }
    fixture_close(&f);
}

static void cancelled_work_is_never_answered_queued_or_running(void **state) {
    (void)state;
    for (int running = 0; running < 2; running++) {
        struct fixture f;
        const sim_node a = start(&f, 1);
        for (int tag = 1; tag <= 3; tag++) fixture_do(&f, 0, a, work, piece(1, tag, 10 * MS));
        fixture_do(&f, 5 * MS, a, cancel, piece(1, running ? 1 : 2, 0));
        world_run(f.w, SEC);
        assert_int_equal(done_at(&f, a, running ? 1 : 2), -1);
        assert_int_equal(done_at(&f, a, running ? 2 : 1), running ? 15 * MS : 10 * MS);
        assert_int_equal(done_at(&f, a, 3), running ? 25 * MS : 20 * MS);
        assert_no_slot_leaks(f.w);
        fixture_close(&f);
    }
}

static void a_cancelled_lane_leaves_its_share_to_the_others(void **state) {
    (void)state;
    struct fixture f;
    const sim_node a = start(&f, 1);
    fixture_do(&f, 0, a, work, piece(1, 1, 10 * MS));
    fixture_do(&f, 0, a, work, piece(2, 2, 10 * MS));
    fixture_do(&f, 10 * MS, a, cancel, piece(2, 2, 0)); /* each has had 5 ms */
    world_run(f.w, SEC);
    assert_int_equal(done_at(&f, a, 1), 15 * MS);
    fixture_close(&f);
}

static void a_pause_keeps_what_is_left(void **state) {
    (void)state;
    struct fixture f;
    const sim_node a = start(&f, 1);
    fixture_do(&f, 0, a, work, piece(1, 1, 10 * MS));
    fixture_do(&f, 0, a, work, piece(1, 2, 10 * MS));
    fixture_fault_at(&f, 4 * MS, FAULT_PAUSE, a, SIM_NOBODY, 0, 0);
    fixture_heal_at(&f, 100 * MS, FAULT_PAUSE, a, SIM_NOBODY);
    world_run(f.w, SEC);
    assert_int_equal(done_at(&f, a, 1), 106 * MS);
    assert_int_equal(done_at(&f, a, 2), 116 * MS);
    fixture_close(&f);
}

static void nodes_of_one_host_share_its_cores_and_a_paused_one_takes_no_share(void **state) {
    (void)state;
    struct fixture f;
    const sim_node a = start(&f, 1);
    const sim_node b = fixture_node_on(&f, "b", world_node_host(f.w, a), NULL);
    fixture_do(&f, 0, a, work, piece(1, 1, 10 * MS));
    fixture_do(&f, 0, b, work, piece(1, 2, 10 * MS));
    fixture_fault_at(&f, 10 * MS, FAULT_PAUSE, a, SIM_NOBODY, 0, 0);
    fixture_heal_at(&f, 100 * MS, FAULT_PAUSE, a, SIM_NOBODY);
    world_run(f.w, SEC);
    assert_int_equal(done_at(&f, b, 2), 15 * MS);
    assert_int_equal(done_at(&f, a, 1), 105 * MS);
    fixture_close(&f);
}

static void a_slow_cpu_takes_longer_and_heals(void **state) {
    (void)state;
    struct fixture f;
    const sim_node a = start(&f, 1);
    fixture_do(&f, 0, a, work, piece(1, 1, 10 * MS));
    fixture_fault_at(&f, 2 * MS, FAULT_SLOW_CPU, a, SIM_NOBODY, 100000000, 0); /* a tenth */
    fixture_heal_at(&f, 22 * MS, FAULT_SLOW_CPU, a, SIM_NOBODY);
    world_run(f.w, SEC);
    assert_int_equal(done_at(&f, a, 1), 28 * MS);
    fixture_close(&f);
}

static void a_cpu_that_stands_still_goes_on_when_it_heals(void **state) {
    (void)state;
    struct fixture f;
    const sim_node a = start(&f, 1);
    fixture_do(&f, 0, a, work, piece(1, 1, 10 * MS));
    fixture_fault_at(&f, 2 * MS, FAULT_SLOW_CPU, a, SIM_NOBODY, 0, 0);
    fixture_heal_at(&f, 50 * MS, FAULT_SLOW_CPU, a, SIM_NOBODY);
    world_run(f.w, SEC);
    assert_int_equal(done_at(&f, a, 1), 58 * MS);
    fixture_close(&f);
}

static void odd_shares_end_within_a_nanosecond_of_what_is_due(void **state) {
    (void)state;
    struct fixture f;
    const sim_node a = start(&f, 1);
    for (int lane = 1; lane <= 7; lane++)
        fixture_do(&f, lane * 13, a, work, piece(lane, lane, 1000003));
    world_run(f.w, SEC);
    int64_t last = 0;
    for (uint64_t tag = 1; tag <= 7; tag++)
        if (done_at(&f, a, tag) > last) last = done_at(&f, a, tag);
    assert_in_range(last, 13 + 7 * 1000003, 13 + 7 * 1000003 + 1); /* one core, never idle */
    fixture_close(&f);
}

static void send_while_busy(struct fixture *f, const struct sim_event *e, struct sim_out *out,
                            int64_t arg) {
    send_one(f, e, out, arg);
    sim_busy(out, 5 * MS);
    sim_fact(out, FACT_TOLD, 1, 2, 3, 4);
}

static void a_busy_step_holds_its_effects_and_the_next_event(void **state) {
    (void)state;
    struct fixture f;
    const sim_node a = start(&f, 1), b = fixture_node(&f, "b", NULL);
    fixture_do(&f, MS, a, send_while_busy, to_channel(b, DATAGRAM, 1));
    fixture_do(&f, 2 * MS, a, send_one, to_channel(b, DATAGRAM, 2));
    world_run(f.w, SEC);
    assert_int_equal(seen_nth(&f, a, SIM_COMMAND, 0)->t, MS);
    assert_int_equal(seen_nth(&f, a, SIM_COMMAND, 1)->t, 6 * MS);
    assert_int_equal(seen_nth(&f, a, SIM_COMMAND, 1)->event.now.mono_ns -
                         seen_nth(&f, a, SIM_START, 0)->event.now.mono_ns,
                     6 * MS); /* read at handling */
    assert_int_equal(seen_nth(&f, b, SIM_MESSAGE, 0)->t, 7 * MS);
    assert_int_equal(seen_nth(&f, b, SIM_MESSAGE, 0)->event.message.type, 1);
    for (size_t i = 0; i < f.record_count; i++)
        if (f.records[i].record.kind == RECORD_FACT)
            assert_int_equal(f.records[i].record.t, 6 * MS);
    assert_int_equal(record_count(&f, RECORD_FACT, NULL), 1);
    fixture_close(&f);
}

static void a_busy_step_shares_the_core_with_lanes(void **state) {
    (void)state;
    struct fixture f;
    const sim_node a = start(&f, 1);
    fixture_do(&f, 0, a, work, piece(1, 1, 10 * MS));
    fixture_do(&f, 0, a, be_busy, 10 * MS);
    world_run(f.w, SEC);
    assert_int_equal(done_at(&f, a, 1), 20 * MS);
    fixture_close(&f);
}

static void a_crash_while_busy_loses_the_effects_and_the_work(void **state) {
    (void)state;
    struct fixture f;
    const sim_node a = start(&f, 1), b = fixture_node(&f, "b", NULL);
    fixture_do(&f, 0, a, work, piece(1, 1, 100 * MS));
    fixture_do(&f, MS, a, send_while_busy, to_channel(b, DATAGRAM, 1));
    fixture_do(&f, 2 * MS, a, work, piece(2, 2, MS)); /* waits in the inbox */
    fixture_fault_at(&f, 3 * MS, FAULT_CRASH, a, SIM_NOBODY, 0, 0);
    fixture_fault_at(&f, 4 * MS, FAULT_RESTART, a, SIM_NOBODY, 0, 0);
    fixture_do(&f, 5 * MS, a, work, piece(1, 3, 10 * MS));
    world_run(f.w, SEC);
    assert_int_equal(seen_count(&f, b, SIM_MESSAGE), 0);
    assert_int_equal(record_count(&f, RECORD_FACT, NULL), 0);
    assert_int_equal(seen_count(&f, a, SIM_WORK), 1);
    assert_int_equal(done_at(&f, a, 3), 15 * MS);
    assert_no_slot_leaks(f.w);
    fixture_close(&f);
}

static void a_pause_while_busy_puts_the_effects_off(void **state) {
    (void)state;
    struct fixture f;
    const sim_node a = start(&f, 1), b = fixture_node(&f, "b", NULL);
    fixture_do(&f, MS, a, send_while_busy, to_channel(b, DATAGRAM, 1));
    fixture_fault_at(&f, 3 * MS, FAULT_PAUSE, a, SIM_NOBODY, 0, 0);
    fixture_do(&f, 4 * MS, a, send_one, to_channel(b, DATAGRAM, 2));
    fixture_heal_at(&f, 50 * MS, FAULT_PAUSE, a, SIM_NOBODY);
    world_run(f.w, SEC);
    assert_int_equal(seen_nth(&f, b, SIM_MESSAGE, 0)->t,
                     54 * MS); /* 3 ms were left, 1 ms of link */
    assert_int_equal(seen_nth(&f, a, SIM_COMMAND, 1)->t, 53 * MS);
    fixture_close(&f);
}

static void new_lanes(struct fixture *f, sim_node self, const struct sim_event *e,
                      struct sim_out *out) {
    (void)self;
    int64_t *n = f->user;
    if (e->kind != SIM_START && e->kind != SIM_WORK) return;
    for (int i = 0; i < (e->kind == SIM_START ? 100 : 1) && *n < 5000; i++) {
        ++*n;
        sim_work(out, (uint32_t)*n, MS, (uint64_t)*n);
    }
}

static void lanes_that_are_used_once_leave_nothing_behind(void **state) {
    (void)state;
    struct fixture f;
    int64_t n = 0;
    fixture_open(&f, NULL);
    f.user = &n;
    const sim_node a = fixture_node(&f, "a", new_lanes);
    world_run(f.w, SEC);
    assert_int_equal(seen_count(&f, a, SIM_WORK), 5000);
    for (uint64_t tag = 1; tag <= 5000; tag += 37)
        assert_int_equal(done_at(&f, a, tag), (int64_t)((tag - 1) / 100 + 1) * MS);
    assert_true(f.w->nodes[a].lane_count <= 101);
    assert_true(f.w->nodes[a].lane_of.count <= 101);
    fixture_close(&f);
}

static void nothing_for_ever(struct fixture *f, sim_node self, const struct sim_event *e,
                             struct sim_out *out) {
    (void)f;
    (void)self;
    if (e->kind == SIM_START || e->kind == SIM_WORK) sim_work(out, 1, 0, 1);
}

static void work_that_takes_no_time_and_never_ends_meets_the_limit_of_events(void **state) {
    (void)state;
    struct fixture f;
    fixture_open(&f, &(struct world_options){.seed = 1, .events_max = 1000});
    fixture_node(&f, "a", nothing_for_ever);
    assert_int_equal(world_run(f.w, SEC), WORLD_LIMIT);
    fixture_close(&f);
}

static void work_on_the_engines_lane(struct fixture *f, const struct sim_event *e,
                                     struct sim_out *out, int64_t arg) {
    (void)f;
    (void)e;
    sim_work(out, (uint32_t)arg, MS, 1);
}

static void only_the_engines_own_lane_is_refused(void **state) {
    (void)state;
    for (int64_t lane = UINT32_MAX - 1; lane <= UINT32_MAX; lane++) {
        struct fixture f;
        const sim_node a = start(&f, 1);
        fixture_do(&f, 0, a, work_on_the_engines_lane, lane);
        const enum world_end end = world_run(f.w, SEC);
        assert_int_equal(end, lane == UINT32_MAX ? WORLD_MODEL_ERROR : WORLD_NOTHING_LEFT);
        fixture_close(&f);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_lanes_on_one_core_take_twice_as_long),
        cmocka_unit_test(as_many_lanes_as_cores_do_not_slow_each_other),
        cmocka_unit_test(three_lanes_on_two_cores_get_two_thirds_each),
        cmocka_unit_test(who_arrives_midway_shares_from_then_on),
        cmocka_unit_test(work_of_one_lane_queues_in_order),
        cmocka_unit_test(cancelled_work_is_never_answered_queued_or_running),
        cmocka_unit_test(a_cancelled_lane_leaves_its_share_to_the_others),
        cmocka_unit_test(a_pause_keeps_what_is_left),
        cmocka_unit_test(nodes_of_one_host_share_its_cores_and_a_paused_one_takes_no_share),
        cmocka_unit_test(a_slow_cpu_takes_longer_and_heals),
        cmocka_unit_test(a_cpu_that_stands_still_goes_on_when_it_heals),
        cmocka_unit_test(odd_shares_end_within_a_nanosecond_of_what_is_due),
        cmocka_unit_test(a_busy_step_holds_its_effects_and_the_next_event),
        cmocka_unit_test(a_busy_step_shares_the_core_with_lanes),
        cmocka_unit_test(a_crash_while_busy_loses_the_effects_and_the_work),
        cmocka_unit_test(a_pause_while_busy_puts_the_effects_off),
        cmocka_unit_test(lanes_that_are_used_once_leave_nothing_behind),
        cmocka_unit_test(work_that_takes_no_time_and_never_ends_meets_the_limit_of_events),
        cmocka_unit_test(only_the_engines_own_lane_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
