/* The echo model exists in C and in Lua, and a run cannot tell them apart but for the model's name.
 */
#include "script_fixture.h"

static const char *const scenario =
    "local p = sim.params { model = 'echo', watched = false, bug = false }\n"
    "sim.run_for '5s'\n"
    "sim.links { delay = sim.lognormal('1ms', '4ms'), loss = '5%', duplicate = '2%' }\n"
    "local bugs = p.bug and { 'off_by_one' } or nil\n"
    "local server = sim.node('server', p.model, { bugs = bugs })\n"
    "local a = sim.node('a', p.model, { target = server, interval = '10ms' })\n"
    "local b = sim.node('b', p.model, { target = server, clock = { drift = '50ppm' } })\n"
    "sim.corrupt(a, server, '10%')\n"
    "sim.at('1s', function() server:crash() server:restart('100ms') end)\n"
    "sim.at('2s', function() sim.cut(a, server, { lasts = '200ms' }) a:pause('50ms') end)\n"
    "sim.at('3s', function() a:crash() a:restart('1ms') end)\n"
    "if p.watched then\n"
    "  sim.expect('looks', function() return (a:probe 'missing' or 0) >= 0 and #a:describe() >= 0 "
    "end,\n"
    "    { always = true, every = '1ms' })\n"
    "end\n";

struct outcome {
    uint64_t digest;
    int64_t records, judged, broken;
};

static struct outcome outcome_of(const char *model, const char *watched, const char *bug) {
    struct scenario s = {0};
    const struct script_setting settings[] = {{"model", model}, {"watched", watched}, {"bug", bug}};
    scenario_file(&s, "scenario.lua", scenario);
    if (!scenario_try(&s, s.path, 7, settings, 3)) fail_msg("%s", text_string(&s.error));
    scenario_run(&s);
    bool limit;
    if (script_error(s.script, &limit)) fail_msg("%s", script_error(s.script, &limit));
    const struct law_status law = world_law(s.world, 0);
    const struct outcome outcome = {world_digest(s.world), world_records(s.world), law.judged,
                                    law.broken};
    scenario_close(&s);
    return outcome;
}

static void the_traces_of_c_and_lua_are_equal(void **state) {
    (void)state;
    const struct outcome c = outcome_of("echo", "false", "false");
    const struct outcome lua = outcome_of("echo.lua", "false", "false");
    assert_true(c.records > 2000);
    assert_int_equal(c.records, lua.records);
    assert_int_equal(c.digest, lua.digest);
    assert_int_equal(c.judged, lua.judged);
}

static void observers_leave_the_digest_as_it_was(void **state) {
    (void)state;
    const struct outcome plain = outcome_of("echo.lua", "false", "false");
    const struct outcome watched = outcome_of("echo.lua", "true", "false");
    assert_int_equal(plain.digest, watched.digest);
}

static void the_law_catches_the_bug_in_both(void **state) {
    (void)state;
    const struct outcome c = outcome_of("echo", "false", "true");
    const struct outcome lua = outcome_of("echo.lua", "false", "true");
    assert_int_equal(c.broken, 1);
    assert_int_equal(lua.broken, 1);
    assert_int_equal(c.digest, lua.digest);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_traces_of_c_and_lua_are_equal),
        cmocka_unit_test(observers_leave_the_digest_as_it_was),
        cmocka_unit_test(the_law_catches_the_bug_in_both),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
