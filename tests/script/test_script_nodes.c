/* What a Lua node can do, and that nothing of it survives where it must not. */
#include "script_fixture.h"

#include "script/internal.h"

static void every_power_of_a_node_works(void **state) {
    (void)state;
    struct scenario s = {0};
    if (!scenario_try(&s, ORRERY_TESTS "/script/scenarios/nodes.lua", 1, NULL, 0))
        fail_msg("%s", text_string(&s.error));
    scenario_run(&s);
    const struct script_check *checks;
    const size_t count = script_checks(s.script, &checks);
    assert_true(count > 20);
    for (size_t i = 0; i < count; i++)
        if (checks[i].verdict != VERDICT_PASS) fail_msg("%s: %s", checks[i].name, checks[i].why);
    scenario_close(&s);
}

static void nothing_hides_in_an_upvalue_across_a_crash_or_between_nodes(void **state) {
    (void)state;
    struct scenario s = {0};
    scenario_passes(
        &s, "sim.model('counter', function()\n"
            "  local count = 0\n"
            "  globally = (globally or 0) + 1\n"
            "  local counter = {}\n"
            "  function counter.start(node) count = count + 1 node.count = count node.globally = "
            "globally end\n"
            "  return counter\n"
            "end)\n"
            "sim.run_for '1s'\n"
            "local a, b = sim.node('a', 'counter'), sim.node('b', 'counter')\n"
            "sim.at('100ms', function() a:crash() a:restart() end)\n"
            "sim.expect('fresh', function()\n"
            "  return a:starts() == 2 and a:state().count == 1 and b:state().count == 1 and\n"
            "    a:state().globally == 1 and globally == nil end)\n");
    scenario_close(&s);
}

static void a_message_is_a_copy(void **state) {
    (void)state;
    struct scenario s = {0};
    scenario_passes(
        &s, "sim.model('keeper', function()\n"
            "  local keeper = {}\n"
            "  function keeper.start(node)\n"
            "    local value = { list = { 1, 2 }, name = 'before' }\n"
            "    node:send(node.id, 'keep', value)\n"
            "    value.name = 'after' value.list[3] = 3\n"
            "  end\n"
            "  function keeper.on_keep(node, from, value) node.kept = value end\n"
            "  return keeper\n"
            "end)\n"
            "sim.run_for '1s'\n"
            "local a = sim.node('a', 'keeper')\n"
            "sim.expect('as it was sent', function()\n"
            "  return a:state().kept.name == 'before' and #a:state().kept.list == 2 end)\n");
    scenario_close(&s);
}

static void a_reply_of_before_a_crash_wakes_no_call_after_it(void **state) {
    (void)state;
    struct scenario s = {0};
    scenario_passes(
        &s,
        "sim.model('caller', function()\n"
        "  local caller = { knobs = { target = 'node' } }\n"
        "  function caller.start(node, files)\n"
        "    if not node.knobs.target then return end\n"
        "    node:spawn(function()\n"
        "      node.answers = 0\n"
        "      while true do\n"
        "        local asked = node:now()\n"
        "        local answer = node:rpc(node.knobs.target, 'echo', { asked = asked }, '300ms')\n"
        "        if answer then\n"
        "          node.answers = node.answers + 1\n"
        "          if answer.asked ~= asked then node.wrong = true end\n"
        "        end\n"
        "        node:sleep('10ms')\n"
        "      end\n"
        "    end)\n"
        "  end\n"
        "  function caller.on_echo(node, from, message) node:sleep('50ms') return message end\n"
        "  return caller\n"
        "end)\n"
        "sim.run_for '5s'\n"
        "local server = sim.node('server', 'caller')\n"
        "local client = sim.node('client', 'caller', { target = server })\n"
        "sim.every('130ms', function() client:crash() client:restart() end)\n"
        "sim.expect('answers are its own', function() return not client:state().wrong end)\n"
        "sim.expect('there were answers', function() return client:starts() > 20 end)\n");
    scenario_close(&s);
}

static void a_lua_server_serves_the_workload_of_c(void **state) {
    (void)state;
    struct scenario s = {0};
    scenario_passes(&s, "sim.model('register', function()\n"
                        "  local fields = { 'request', 'session', 'operation', 'key', 'value', "
                        "'value_bytes', 'length' }\n"
                        "  local answers = { 'request', 'status', 'value', 'version', 'node' }\n"
                        "  local register = { channels = { { 'client', stream = true } },\n"
                        "    messages = { { 'request', fields }, { 'response', answers } } }\n"
                        "  function register.start(node) node.data = {} end\n"
                        "  function register.on_request(node, from, q)\n"
                        "    if q.operation ~= 1 then node.data[q.key] = q.value end\n"
                        "    node:send(from, 'response', { request = q.request, status = 1,\n"
                        "      value = node.data[q.key], version = 0 }, { channel = 'client' })\n"
                        "  end\n"
                        "  return register\n"
                        "end)\n"
                        "sim.run_for '5s'\n"
                        "local server = sim.node('server', 'register')\n"
                        "local app = sim.workload { target = server, rate = '100/s', mix = { read "
                        "= 0.5, update = 0.5 } }\n"
                        "sim.expect('served', function() return app:probe 'done' > 300 end)\n");
    scenario_close(&s);
}

struct history {
    int64_t invokes, clients[4], returned[4], versions[4];
};
static void keep_history(void *context, const struct record *r) {
    struct history *h = context;
    if (r->kind == RECORD_INVOKE) {
        h->clients[r->b] = r->count ? r->values[0] : SIM_NONE;
        h->invokes++;
    } else if (r->kind == RECORD_RETURN) {
        h->returned[r->b] = r->count > 1 ? r->values[1] : SIM_NONE;
        h->versions[r->b] = r->count > 2 ? r->values[2] : 0;
    }
}
static void a_node_names_its_clients_and_the_versions_that_they_see(void **state) {
    (void)state;
    struct scenario s = {0};
    struct history h = {0};
    struct trace_sink sink = {.record = keep_history, .context = &h};
    scenario_open(&s, "sim.model('users', function()\n"
                      "  return { start = function(node)\n"
                      "    local a = node:invoke('read', 'x', nil, { client = 7 })\n"
                      "    local b = node:invoke('read', 'x')\n"
                      "    node:returns(a, 'ok', 1, nil, { version = 99 })\n"
                      "    node:returns(b, 'ok', 1)\n"
                      "    local c = node:invoke('write', 'x', 2, { client = -1 })\n"
                      "    node:returns(c, 'fail', nil, 'no', {})\n"
                      "  end }\n"
                      "end)\n"
                      "sim.run_for '1s'\n"
                      "sim.node('app', 'users')\n");
    world_add_sink(s.script->world, &sink);
    scenario_run(&s);
    assert_int_equal(h.invokes, 3);
    static const int64_t clients[] = {7, SIM_NONE, -1}, versions[] = {99, 0, 0};
    for (int i = 0; i < 3; i++) {
        assert_int_equal(h.clients[i + 1], clients[i]);
        assert_int_equal(h.returned[i + 1], clients[i]);
        assert_int_equal(h.versions[i + 1], versions[i]);
    }
    scenario_close(&s);
}

/* The options of sim.workload reach the client: words for choices, a list of nodes, durations. */
static void a_workload_reads_from_replicas(void **state) {
    (void)state;
    struct scenario s = {0};
    scenario_passes(
        &s, "sim.run_for '3s'\n"
            "local primary = sim.node('p', 'postgres')\n"
            "local standbys = sim.nodes('s', 2, 'postgres', { upstream = primary })\n"
            "local function app(more)\n"
            "  local o = { target = primary, clients = 4, think = '10ms', start = '1s',\n"
            "    mix = { read = 0.5, update = 0.5 } }\n"
            "  for k, v in pairs(more) do o[k] = v end\n"
            "  return sim.workload(o)\n"
            "end\n"
            "local sticky = app { read_from = standbys, read_choice = 'sticky' }\n"
            "local careful = app { read_from = standbys[2], read_primary_after_write = '1h' }\n"
            "local open = app { read_from = standbys, rate = '100/s', users = 10,\n"
            "  read_choice = 'round_robin', wait_for_version = false }\n"
            "local plain = app { read_from = {} }\n"
            "sim.expect('sticky', function()\n"
            "  local keeps = sticky:view('users')[4].replica\n"
            "  return keeps == 's1' or keeps == 's2' end)\n"
            "sim.expect('reads', function() return sticky:probe 'reads_from_replicas' > 20 end)\n"
            "sim.expect('careful', function() return careful:probe 'reads_from_primary' > 20 end)\n"
            "sim.expect('open', function() return #open:view 'users' == 10 and\n"
            "  open:probe 'reads_from_replicas' > 20 end)\n"
            "sim.expect('plain', function() return plain:probe 'reads_from_replicas' == 0 and\n"
            "  plain:probe 'reads_from_primary' > 20 and #plain:view 'servers' == 1 end)\n");
    scenario_close(&s);
}

static void a_yield_that_nothing_resumes_is_an_error(void **state) {
    (void)state;
    struct scenario s = {0};
    scenario_open(&s, "sim.model('yielder', function()\n"
                      "  return { start = function(node) coroutine.yield() end }\n"
                      "end)\n"
                      "sim.node('a', 'yielder')\n");
    scenario_run(&s);
    bool limit;
    assert_non_null(strstr(script_error(s.script, &limit), "coroutine.yield"));
    scenario_close(&s);
}

static void a_limit_in_a_handler_ends_the_run_as_a_limit(void **state) {
    (void)state;
    struct scenario s = {0};
    scenario_open(&s, "sim.model('endless', function()\n"
                      "  return { start = function(node) while true do pcall(error) end end }\n"
                      "end)\n"
                      "sim.node('a', 'endless')\n");
    scenario_run(&s);
    bool limit = false;
    assert_non_null(strstr(script_error(s.script, &limit), "instruction limit reached"));
    assert_true(limit);
    scenario_close(&s);
}

static void a_sleeping_handler_dies_with_its_process(void **state) {
    (void)state;
    struct scenario s = {0};
    scenario_passes(
        &s, "sim.model('sleeper', function()\n"
            "  local sleeper = { facts = { 'woke' } }\n"
            "  function sleeper.start(node)\n"
            "    for i = 1, 50 do node:spawn(function() node:sleep('1s') node:fact('woke', 0, "
            "node:now()) end) end\n"
            "  end\n"
            "  return sleeper\n"
            "end)\n"
            "sim.run_for '3s'\n"
            "local woken = 0\n"
            "local a = sim.node('a', 'sleeper')\n"
            "sim.law { name = 'Woken', reads = 'woke', fold = function() woken = woken + 1 return "
            "true end }\n"
            "sim.at('500ms', function() a:crash() a:restart() end)\n"
            "sim.expect('only the second life wakes', function() return woken == 50 end)\n");
    scenario_close(&s);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_power_of_a_node_works),
        cmocka_unit_test(nothing_hides_in_an_upvalue_across_a_crash_or_between_nodes),
        cmocka_unit_test(a_message_is_a_copy),
        cmocka_unit_test(a_reply_of_before_a_crash_wakes_no_call_after_it),
        cmocka_unit_test(a_lua_server_serves_the_workload_of_c),
        cmocka_unit_test(a_node_names_its_clients_and_the_versions_that_they_see),
        cmocka_unit_test(a_workload_reads_from_replicas),
        cmocka_unit_test(a_yield_that_nothing_resumes_is_an_error),
        cmocka_unit_test(a_limit_in_a_handler_ends_the_run_as_a_limit),
        cmocka_unit_test(a_sleeping_handler_dies_with_its_process),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
