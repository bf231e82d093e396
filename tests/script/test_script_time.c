/* When things happen, and when expectations are judged. */
#include "script_fixture.h"

static void callbacks_come_at_their_time_and_in_order(void **state) {
    (void)state;
    struct scenario s = {0};
    scenario_passes(
        &s, "sim.run_for '2s'\n"
            "local log = {}\n"
            "local function note(what) return function() log[#log + 1] = what .. '@' .. sim.now() "
            "// 1000000 end end\n"
            "sim.at('1s', note 'b') sim.at('500ms', note 'a') sim.at('1s', note 'c')\n"
            "sim.at('1s', function() sim.after('100ms', note 'd') sim.at('1s', note 'now') end)\n"
            "local ticks\n"
            "ticks = sim.every('400ms', function()\n"
            "  note 'tick' () if sim.now() >= 1200000000 then ticks:stop() end end)\n"
            "sim.expect('order', function()\n"
            "  local found = table.concat(log, ' ')\n"
            "  return found == 'tick@400 a@500 tick@800 b@1000 c@1000 now@1000 d@1100 tick@1200', "
            "found end)\n");
    scenario_close(&s);
}

static void tasks_sleep_wait_and_time_out(void **state) {
    (void)state;
    struct scenario s = {0};
    scenario_passes(&s,
                    "sim.run_for '2s'\n"
                    "sim.node('server', 'echo')\n"
                    "local c = sim.node('client', 'echo', { target = 'server' })\n"
                    "local log = {}\n"
                    "sim.spawn(function(greeting)\n"
                    "  log[1] = greeting\n"
                    "  sim.sleep '100ms' log[2] = sim.now()\n"
                    "  log[3] = sim.wait(function() return sim.now() >= 500000000 end, '1s') "
                    "log[4] = sim.now()\n"
                    "  log[5] = sim.wait(function() return false end, '100ms') log[6] = sim.now()\n"
                    "end, 'hello')\n"
                    "sim.expect('log', function()\n"
                    "  return log[1] == 'hello' and log[2] == 100000000 and log[3] == true and "
                    "log[4] == 500000000\n"
                    "    and log[5] == false and log[6] == 600000000, table.concat({ "
                    "tostring(log[3]), tostring(log[4]),\n"
                    "    tostring(log[5]), tostring(log[6]) }, ' ') end)\n");
    scenario_close(&s);
}

static void when_calls_once_at_the_moment_it_comes_true(void **state) {
    (void)state;
    struct scenario s = {0};
    scenario_passes(&s, "sim.run_for '2s'\n"
                        "local a = sim.node('a', 'echo')\n"
                        "local times = {}\n"
                        "sim.when(function() return not a:up() end, function() times[#times + 1] = "
                        "sim.now() a:restart() end)\n"
                        "sim.at('700ms', function() a:crash() end)\n"
                        "sim.at('900ms', function() a:crash() end)\n"
                        "sim.expect('once', function() return #times == 1 and times[1] == "
                        "700000000 and not a:up() end)\n");
    scenario_close(&s);
}

static void expectations_are_judged_when_they_say(void **state) {
    (void)state;
    struct scenario s = {0};
    scenario_open(
        &s, "sim.run_for '10s'\n"
            "sim.node('server', 'echo') sim.node('client', 'echo', { target = 'server', interval = "
            "'1s' })\n"
            "local function after(t) return function() return sim.now() >= t * 1000000000 end end\n"
            "sim.expect('by, in time', after(3), { by = '4s' })\n"
            "sim.expect('by, too late', after(5), { by = '4s' })\n"
            "sim.expect('at, true', after(2), { at = '2s' })\n"
            "sim.expect('at, false', after(3), { at = '2s' })\n"
            "sim.expect('always', function() return true end, { always = true })\n"
            "sim.expect('not always', function() return not after(7)() end, { always = true })\n"
            "sim.expect('always from', after(5), { always = true, from = '5s' })\n"
            "sim.expect('eventually', after(9), { eventually = true })\n"
            "sim.expect('never', after(11), { eventually = true })\n"
            "sim.expect('beyond the end', after(1), { at = '20s' })\n"
            "sim.expect('an error', function() return nil + 1 end)\n"
            "sim.expect('at the end', after(10))\n");
    scenario_run(&s);
    static const struct {
        const char *name;
        enum script_verdict verdict;
    } expected[] = {{"by, in time", VERDICT_PASS}, {"by, too late", VERDICT_FAIL},
                    {"at, true", VERDICT_PASS},    {"at, false", VERDICT_FAIL},
                    {"always", VERDICT_PASS},      {"not always", VERDICT_FAIL},
                    {"always from", VERDICT_PASS}, {"eventually", VERDICT_PASS},
                    {"never", VERDICT_FAIL},       {"beyond the end", VERDICT_INCONCLUSIVE},
                    {"an error", VERDICT_FAIL},    {"at the end", VERDICT_PASS}};
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++)
        if (verdict_of(&s, expected[i].name) != expected[i].verdict)
            fail_msg("%s: verdict %d", expected[i].name, verdict_of(&s, expected[i].name));
    const struct script_check *checks;
    script_checks(s.script, &checks);
    assert_int_equal(checks[0].at_ns, INT64_C(3000000000));
    assert_int_equal(checks[5].at_ns, INT64_C(7000000000));
    scenario_close(&s);
}

static void demonstrates_passes_only_when_the_law_breaks(void **state) {
    (void)state;
    static const char *const text = "sim.run_for '1s'\n"
                                    "sim.node('server', 'echo', { bugs = %s })\n"
                                    "sim.node('client', 'echo', { target = 'server' })\n"
                                    "sim.demonstrates 'Echoes Were Sent'\n";
    char with[512];
    struct scenario s = {0};
    snprintf(with, sizeof with, text, "'off_by_one'");
    scenario_passes(&s, with);
    assert_true(script_demonstrates(s.script, "Echoes Were Sent"));
    scenario_close(&s);
    snprintf(with, sizeof with, text, "nil");
    scenario_open(&s, with);
    scenario_run(&s);
    assert_int_equal(verdict_of(&s, "Echoes Were Sent"), VERDICT_FAIL);
    scenario_close(&s);
}

static void an_error_in_a_callback_ends_the_run(void **state) {
    (void)state;
    struct scenario s = {0};
    scenario_open(&s, "sim.run_for '10s'\n"
                      "sim.at('1s', function() local x = nil; x.y = 1 end)\n"
                      "sim.at('2s', function() print 'never' end)\n");
    scenario_run(&s);
    bool limit;
    const char *why = script_error(s.script, &limit);
    assert_non_null(why);
    assert_non_null(strstr(why, "scenario.lua:2: attempt to index a nil value"));
    assert_false(limit);
    assert_int_equal(world_now(s.world), INT64_C(1000000000));
    assert_string_equal(text_string(&s.printed), "");
    scenario_close(&s);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(callbacks_come_at_their_time_and_in_order),
        cmocka_unit_test(tasks_sleep_wait_and_time_out),
        cmocka_unit_test(when_calls_once_at_the_moment_it_comes_true),
        cmocka_unit_test(expectations_are_judged_when_they_say),
        cmocka_unit_test(demonstrates_passes_only_when_the_law_breaks),
        cmocka_unit_test(an_error_in_a_callback_ends_the_run),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
