/* Building: parameters, hosts, links, workloads, randomness; and what the script says about itself.
 */
#include "script_fixture.h"

static const char *const parameters =
    "p = sim.params { delay = '1ms', size = '200MB', speed = '1Gbit/s', part = '1%', rate = "
    "'0.5/s',\n"
    "  count = 3, number = 1.5, on = true, name = 'x' }\n"
    "print(p.delay, p.size, p.speed, p.part, p.rate, p.count, p.number, p.on, p.name)\n";

static void parameters_come_in_base_units(void **state) {
    (void)state;
    struct scenario s = {0};
    scenario_open(&s, parameters);
    assert_string_equal(text_string(&s.printed),
                        "1000000\t200000000\t125000000\t0.01\t0.5\t3\t1.5\ttrue\tx\n");
    scenario_close(&s);
}

static void settings_override_parameters_of_the_same_form(void **state) {
    (void)state;
    const struct script_setting settings[] = {{"delay", "2us"}, {"count", "-4"}, {"on", "false"},
                                              {"name", "5ms"},  {"part", "0.5"}, {"delay", "3us"}};
    struct scenario s = {0};
    scenario_file(&s, "scenario.lua", parameters);
    if (!scenario_try(&s, s.path, 1, settings, 6)) fail_msg("%s", text_string(&s.error));
    assert_string_equal(text_string(&s.printed),
                        "3000\t200000000\t125000000\t0.5\t0.5\t-4\t1.5\tfalse\t5ms\n");
    const struct script_parameter *list;
    assert_int_equal(script_parameters(s.script, &list), 9);
    assert_string_equal(list[0].name, "count");
    assert_string_equal(list[0].value, "-4");
    assert_string_equal(list[0].usual, "3");
    scenario_close(&s);
}

static void nodes_get_hosts_of_their_own_or_share_one(void **state) {
    (void)state;
    struct scenario s = {0};
    scenario_open(
        &s,
        "local h = sim.host { name = 'h', region = 'eu', cores = 2, clock = { offset = '-5ms' },\n"
        "  disk = { sync = '2ms', crash = 'any', tears = true } }\n"
        "local a = sim.node('a', 'echo', { host = h })\n"
        "local b = sim.node('b', 'echo', { host = 'h' })\n"
        "local c = sim.node('c', 'echo', { clock = { offset = '7ms', error = '1ms' } })\n"
        "print(a:clock().wall - c:clock().wall, c:clock().error, a:clock().error)\n");
    assert_int_equal(world_node_host(s.world, 0), world_node_host(s.world, 1));
    assert_int_not_equal(world_node_host(s.world, 0), world_node_host(s.world, 2));
    assert_string_equal(text_string(&s.printed), "-12000000\t1000000\tnil\n");
    scenario_close(&s);
}

static void links_keep_what_a_call_leaves_out(void **state) {
    (void)state;
    struct scenario s = {0};
    scenario_open(
        &s, "local a, b, c = sim.node('a', 'echo'), sim.node('b', 'echo'), sim.node('c', 'echo')\n"
            "sim.links { delay = '3ms', loss = '1%' }\n"
            "sim.link(a, { b, c }, { bandwidth = '1Gbit/s' })\n"
            "sim.link(a, b, { delay = sim.uniform('1ms', '2ms'), oneway = true })\n");
    const struct link_settings *ab = world_link_get(s.world, 0, 1),
                               *ba = world_link_get(s.world, 1, 0);
    assert_int_equal(ab->delay.kind, DISTRIBUTION_UNIFORM);
    assert_int_equal(ab->bandwidth, 125000000);
    assert_int_equal(ab->loss_ppb, 10000000);
    assert_int_equal(ba->delay.a, 3000000);
    assert_int_equal(ba->bandwidth, 125000000);
    assert_int_equal(world_link_get(s.world, 1, 2)->bandwidth, 0);
    scenario_close(&s);
}

static void many_nodes_know_each_other(void **state) {
    (void)state;
    struct scenario s = {0};
    scenario_passes(
        &s, "sim.model('member', function()\n"
            "  local member = { knobs = { peers = 'nodes', all = 'nodes', rank = 0 } }\n"
            "  function member.start(node)\n"
            "    node.peers, node.all, node.rank = #node.knobs.peers, #node.knobs.all, "
            "node.knobs.rank\n"
            "    node:broadcast(node.knobs.all, 'hello', node:name_of(node.id))\n"
            "    node.heard = {}\n"
            "  end\n"
            "  function member.on_hello(node, from, name) node.heard[#node.heard + 1] = name end\n"
            "  return member\n"
            "end)\n"
            "sim.run_for '1s'\n"
            "local nodes = sim.nodes('n', 5, 'member', { peers = sim.others, all = sim.all,\n"
            "  rank = function(i, name) return i * 10 end })\n"
            "sim.expect('all there', function()\n"
            "  local state = nodes[3]:state()\n"
            "  return #nodes == 5 and nodes[5]:name() == 'n5' and state.peers == 4 and state.all "
            "== 5 and\n"
            "    state.rank == 30 and #state.heard == 4 end)\n");
    scenario_close(&s);
}

static void a_workload_passes_its_options_to_the_client(void **state) {
    (void)state;
    struct scenario s = {0};
    scenario_open(&s, "local a, b = sim.node('a', 'echo'), sim.node('b', 'echo')\n"
                      "sim.workload { target = a, clients = 3 }\n"
                      "local w = sim.workload { targets = { a, b }, rate = '500/s', mix = { read = "
                      "'90%', scan = 0.1 },\n"
                      "  value = '1kB', keys = 10, distribution = 'zipfian' }\n"
                      "print(w:name(), w:model())\n");
    assert_string_equal(text_string(&s.printed), "app2\tclient\n");
    scenario_close(&s);
}

static void streams_of_random_numbers_do_not_touch_each_other(void **state) {
    (void)state;
    struct scenario s = {0};
    scenario_open(&s, "local a, b = sim.rng 'a', sim.rng 'b'\n"
                      "local one = { a:int(1, 6), a:int(1, 6), a:int(1, 6), a:number() }\n"
                      "b:int(1, 6) b:shuffle { 1, 2, 3 }\n"
                      "assert(sim.rng 'a' == a)\n"
                      "for i = 1, 1000 do\n"
                      "  local n = a:int(-3, 3) assert(n >= -3 and n <= 3)\n"
                      "  local x = a:number() assert(x >= 0 and x < 1)\n"
                      "  assert(a:pick { 7, 8 } // 1 >= 7)\n"
                      "end\n"
                      "assert(a:chance(1) and not a:chance(0))\n"
                      "local list = a:shuffle { 1, 2, 3, 4 } table.sort(list) "
                      "assert(table.concat(list) == '1234')\n"
                      "assert(a:sample(sim.uniform('1ms', '2ms')) >= 1000000)\n"
                      "print(one[1], one[2], one[3])\n");
    char *first = strdup(text_string(&s.printed));
    scenario_close(&s);
    scenario_open(&s, "local a = sim.rng 'a' print(a:int(1, 6), a:int(1, 6), a:int(1, 6))\n");
    assert_string_equal(text_string(&s.printed), first);
    free(first);
    scenario_close(&s);
}

static void a_scenario_says_what_it_is(void **state) {
    (void)state;
    struct scenario s = {0};
    scenario_open(&s,
                  "sim.describe 'what it shows' sim.run_for '90s' sim.sample '5ms'\n"
                  "local a, b = sim.node('a', 'echo'), sim.node('b', 'echo')\n"
                  "sim.plot('lag', { of = { a, b }, title = 'Lag', from = '10s', log = true })\n"
                  "sim.mark('1s', '2s', 'a span') sim.mark('3s', 'a moment') sim.mark 'now'\n");
    assert_string_equal(script_describe(s.script), "what it shows");
    assert_int_equal(script_run_for_ns(s.script), INT64_C(90000000000));
    assert_int_equal(script_sample_ns(s.script), 5000000);
    const struct script_plot *plots;
    assert_int_equal(script_plots(s.script, &plots), 1);
    assert_string_equal(plots[0].name, "lag");
    static const char *const keys[] = {"from", "log", "of", "title"};
    static const char *const values[] = {"10000000000", "true", "a,b", "Lag"};
    assert_int_equal(plots[0].count, 4);
    for (size_t i = 0; i < 4; i++) {
        assert_string_equal(plots[0].keys[i], keys[i]);
        assert_string_equal(plots[0].values[i], values[i]);
    }
    const struct script_mark *marks;
    assert_int_equal(script_marks(s.script, &marks), 3);
    assert_int_equal(marks[0].to_ns, INT64_C(2000000000));
    assert_string_equal(marks[1].label, "a moment");
    assert_int_equal(marks[2].from_ns, 0);
    scenario_close(&s);
}

static void modules_are_found_beside_the_scenario(void **state) {
    (void)state;
    struct scenario s = {0};
    scenario_file(&s, "helper.lua", "return { node = sim.node('made by a module', 'echo') }\n");
    scenario_open(&s, "local helper = require 'helper' print(helper.node)\n");
    assert_string_equal(text_string(&s.printed), "made by a module\n");
    scenario_close(&s);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parameters_come_in_base_units),
        cmocka_unit_test(settings_override_parameters_of_the_same_form),
        cmocka_unit_test(nodes_get_hosts_of_their_own_or_share_one),
        cmocka_unit_test(links_keep_what_a_call_leaves_out),
        cmocka_unit_test(many_nodes_know_each_other),
        cmocka_unit_test(a_workload_passes_its_options_to_the_client),
        cmocka_unit_test(streams_of_random_numbers_do_not_touch_each_other),
        cmocka_unit_test(a_scenario_says_what_it_is),
        cmocka_unit_test(modules_are_found_beside_the_scenario),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
