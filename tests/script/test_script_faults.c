/* Each fault of a script reaches the engine's list as what it says, and ends when it says. */
#include "script_fixture.h"

struct expected {
    const char *call;
    enum fault_kind kind;
    int64_t x, y;
    size_t faults;
};

static void each_fault_is_what_it_says(void **state) {
    (void)state;
    static const struct expected cases[] = {
        {"sim.cut(a, b)", FAULT_CUT, 0, 0, 2},
        {"sim.cut(a, b, { oneway = true })", FAULT_CUT, 0, 0, 1},
        {"sim.cut({ a, b }, c)", FAULT_CUT, 0, 0, 4},
        {"sim.cut(a, sim.all)", FAULT_CUT, 0, 0, 2},
        {"sim.cut('a', 'b')", FAULT_CUT, 0, 0, 2},
        {"sim.isolate(a)", FAULT_CUT, 0, 0, 2},
        {"sim.isolate(a, b, { lasts = '1s' })", FAULT_CUT, 0, 0, 4},
        {"sim.partition({ a }, { b, c })", FAULT_CUT, 0, 0, 4},
        {"sim.partition(a, b, c)", FAULT_CUT, 0, 0, 6},
        {"sim.loss(a, b, '1%')", FAULT_LOSS, 10000000, 0, 2},
        {"sim.loss(a, b, 0.5)", FAULT_LOSS, 500000000, 0, 2},
        {"sim.duplicate(a, b, '10%')", FAULT_DUPLICATE, 100000000, 0, 2},
        {"sim.reorder(a, b, '10%', { by = '5ms' })", FAULT_REORDER, 100000000, 5000000, 2},
        {"sim.corrupt(a, b, '1%')", FAULT_CORRUPT, 10000000, 0, 2},
        {"sim.corrupt(a, b, '1%', { deliver = true })", FAULT_CORRUPT, 10000000, 1, 2},
        {"sim.delay(a, b, '7ms')", FAULT_DELAY, 7000000, 0, 2},
        {"sim.congest(a, b, '1Mbit/s')", FAULT_CONGEST, 125000, 0, 2},
        {"sim.hold(a, b)", FAULT_HOLD, -1, -1, 1},
        {"sim.hold(a, b, { type = 'pong' })", FAULT_HOLD, 1, -1, 1},
        {"sim.hold(a, b, { channel = 'echo' })", FAULT_HOLD, -1, 0, 1},
        {"a:kill()", FAULT_CRASH, 0, 0, 1},
        {"a:crash()", FAULT_CRASH, 1, 0, 1},
        {"a:crash { power = false }", FAULT_CRASH, 0, 0, 1},
        {"a:restart()", FAULT_RESTART, 0, 0, 1},
        {"a:pause()", FAULT_PAUSE, 0, 0, 1},
        {"a:pause('1s')", FAULT_PAUSE, 0, 0, 1},
        {"a:slow_cpu('25%')", FAULT_SLOW_CPU, 250000000, 0, 1},
        {"a:disk_slow(10)", FAULT_DISK_SLOW, INT64_C(10000000000), 0, 1},
        {"a:disk_stuck { lasts = '1s' }", FAULT_DISK_STUCK, 0, 0, 1},
        {"a:disk_full()", FAULT_DISK_FULL, 0, 0, 1},
        {"a:fail_writes(3)", FAULT_WRITE_FAILS, 3, 0, 1},
        {"a:fail_writes { lasts = '1s' }", FAULT_WRITE_FAILS, -1, 0, 1},
        {"a:fail_syncs()", FAULT_SYNC_FAILS, -1, 0, 1},
        {"a:fail_reads(1)", FAULT_READ_FAILS, 1, 0, 1},
        {"a:lying_syncs()", FAULT_SYNC_LIES, 0, 0, 1},
        {"a:bit_rot()", FAULT_BIT_ROT, 1, -1, 1},
        {"a:bit_rot(8, { file = 2 })", FAULT_BIT_ROT, 8, 2, 1},
        {"a:lose_disk()", FAULT_DISK_LOST, 0, 0, 1},
        {"a:clock_jump('-3s')", FAULT_CLOCK_JUMP, INT64_C(-3000000000), 0, 1},
        {"a:clock_drift('-50ppm')", FAULT_CLOCK_DRIFT, -50000, 0, 1},
        {"a:clock_freeze()", FAULT_CLOCK_FREEZE, 0, 0, 1},
        {"a:clock_lie('1ms')", FAULT_CLOCK_LIE, 1000000, 0, 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct scenario s = {0};
        char text[512];
        snprintf(
            text, sizeof text,
            "sim.run_for '200ms' local a, b, c = sim.node('a', 'echo'), sim.node('b', 'echo'), "
            "sim.node('c', 'echo')\nsim.at('100ms', function() %s end)\n",
            cases[i].call);
        scenario_open(&s, text);
        scenario_run(&s);
        bool limit;
        if (script_error(s.script, &limit)) fail_msg("%s", script_error(s.script, &limit));
        if (world_faults(s.world) != cases[i].faults)
            fail_msg("%s: %zu faults", cases[i].call, world_faults(s.world));
        for (size_t k = 0; k < cases[i].faults; k++) {
            const struct fault_entry *entry = world_fault_entry(s.world, k);
            if (entry->fault.kind != cases[i].kind || entry->fault.x != cases[i].x ||
                entry->fault.y != cases[i].y || entry->t != 100000000)
                fail_msg("%s: %s x %lld y %lld at %lld", cases[i].call,
                         fault_kind_name(entry->fault.kind), (long long)entry->fault.x,
                         (long long)entry->fault.y, (long long)entry->t);
        }
        scenario_close(&s);
    }
}

static void faults_end_by_themselves_by_handle_or_all_at_once(void **state) {
    (void)state;
    struct scenario s = {0};
    scenario_open(&s,
                  "sim.run_for '10s' local a, b = sim.node('a', 'echo'), sim.node('b', 'echo')\n"
                  "sim.at('1s', function()\n"
                  "  sim.loss(a, b, '1%', { lasts = '2s', oneway = true })\n"
                  "  local delay = sim.delay(a, b, '1ms', { oneway = true })\n"
                  "  sim.at('4s', function() delay:heal() end)\n"
                  "  sim.cut(a, b, { oneway = true })\n"
                  "  a:pause { lasts = '500ms' }\n"
                  "  b:crash() b:restart('250ms')\n"
                  "end)\n"
                  "sim.at('6s', function() sim.heal() end)\n");
    scenario_run(&s);
    static const int64_t healed_ms[] = {3000, 4000, 6000, 1500};
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(world_fault_entry(s.world, i)->healed_ns, healed_ms[i] * 1000000);
    assert_int_equal(world_fault_entry(s.world, 5)->t, 1250000000);
    assert_true(world_node_up(s.world, 1));
    scenario_close(&s);
}

static void a_hold_lets_go_of_as_many_as_asked(void **state) {
    (void)state;
    struct scenario s = {0};
    scenario_passes(
        &s, "sim.run_for '2s'\n"
            "local server = sim.node('server', 'echo')\n"
            "local client = sim.node('client', 'echo', { target = server, interval = '100ms' })\n"
            "local hold, some, rest\n"
            "sim.at('0s', function() hold = sim.hold(server, client, { type = 'pong' }) end)\n"
            "sim.at('1050ms', function() some = hold:release(3) end)\n"
            "sim.expect('three came', function() return client:probe 'missing' == 7 end, { at = "
            "'1060ms' })\n"
            "sim.at('1070ms', function() rest = hold:release() end)\n"
            "sim.expect('all came', function() return some == 3 and rest == 7 and client:probe "
            "'missing' <= 1 end)\n");
    scenario_close(&s);
}

static void a_link_flaps(void **state) {
    (void)state;
    struct scenario s = {0};
    scenario_open(
        &s,
        "sim.run_for '10s' local a, b = sim.node('a', 'echo'), sim.node('b', 'echo')\n"
        "sim.at('1s', function() sim.flap(a, b, { period = '1s', down = '200ms', lasts = '3s',\n"
        "  oneway = true }) end)\n");
    scenario_run(&s);
    assert_int_equal(world_faults(s.world), 3);
    for (size_t i = 0; i < 3; i++) {
        const struct fault_entry *entry = world_fault_entry(s.world, i);
        assert_int_equal(entry->t, (int64_t)(i + 1) * 1000000000);
        assert_int_equal(entry->healed_ns, entry->t + 200000000);
    }
    scenario_close(&s);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_fault_is_what_it_says),
        cmocka_unit_test(faults_end_by_themselves_by_handle_or_all_at_once),
        cmocka_unit_test(a_hold_lets_go_of_as_many_as_asked),
        cmocka_unit_test(a_link_flaps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
