/* The sandbox's rules, one process: order, texts, refusals, environments, modules. */
#include "sandbox_fixture.h"

#include "script/nearest.h"

static void pairs_goes_by_integers_floats_strings_and_booleans(void **state) {
    (void)state;
    assert_prints(
        "local t = {b=1, a=2, ab=3, [3]=4, [-1]=5, [1.5]=6, [0.5]=7, [true]=8, [false]=9}\n"
        "local s = '' for k in pairs(t) do s = s .. tostring(k) .. ' ' end print(s)",
        "-1 3 0.5 1.5 a ab b false true \n");
}

static void pairs_gives_the_same_order_as_next(void **state) {
    (void)state;
    assert_prints("local t = {9, 8, nil, 7, x=1, y=2, [2.5]=3, [100]=4}\n"
                  "local a, b = {}, {}\n"
                  "for k in pairs(t) do a[#a+1] = tostring(k) end\n"
                  "for k in next, t do b[#b+1] = tostring(k) end\n"
                  "print(table.concat(a, ' '))\n"
                  "print(table.concat(a, ' ') == table.concat(b, ' '))",
                  "1 2 4 100 2.5 x y\ntrue\n");
}

static void pairs_skips_removed_keys_and_does_not_visit_added_ones(void **state) {
    (void)state;
    assert_prints("local t = {a=1, b=2, c=3}\n"
                  "for k in pairs(t) do print(k) t.b = nil t.d = 4 end\n"
                  "local u = {1, 2, 3, 4} for i, v in pairs(u) do print(i, v) u[i + 1] = nil "
                  "u[10] = 1 end",
                  "a\nc\n1\t1\n3\t3\n");
}

static void pairs_sorts_many_keys_and_honours_its_metamethod(void **state) {
    (void)state;
    assert_prints("local t = {} for i = 1, 5000 do t['k' .. i * 7919 % 5003] = i end\n"
                  "local last, n = '', 0\n"
                  "for k, v in pairs(t) do assert(last < k and t[k] == v) last = k n = n + 1 end\n"
                  "print(n)\n"
                  "local p = setmetatable({}, {__pairs = function() return function(_, i) if not i "
                  "then return 1, 2 end end end})\n"
                  "for k, v in pairs(p) do print(k, v) end",
                  "5000\n1\t2\n");
}

static void a_key_without_an_order_is_refused(void **state) {
    (void)state;
    assert_refused("for k in pairs({[{}] = 1}) do end",
                   "test.lua:1: pairs: a table key has no order");
    assert_refused("for k in pairs({[print] = 1}) do end", "a function key has no order");
    assert_refused("next({[coroutine.create(print)] = 1})", "a thread key has no order");
}

static void no_text_shows_an_address_or_the_sign_of_a_nan(void **state) {
    (void)state;
    assert_prints("print({}, print, coroutine.create(print), setmetatable({}, {__name = 'node'}))\n"
                  "print(string.format('%s %s', {}, print))\n"
                  "print(0/0, -(0/0), 1/0, -1/0, 'x' .. 0/0, 'x' .. -(0/0), 'y' .. 1/0)\n"
                  "print(string.format('%f %g %5.1f %.3e', 0/0, -(0/0), 0/0, 1/0))\n"
                  "print(setmetatable({}, {__tostring = function() return 'T' end}))\n"
                  "print(table.concat({0/0, 1.0, 2}, ' '), 1e15, 2^53, 3.0, -0.0)",
                  "table\tfunction\tthread\tnode\n"
                  "table function\n"
                  "nan\tnan\tinf\t-inf\txnan\txnan\tyinf\n"
                  "nan nan   nan inf\n"
                  "T\n"
                  "nan 1.0 2\t1e+15\t9.007199254741e+15\t3.0\t-0.0\n");
}

static void what_would_leak_the_machine_is_refused_with_advice(void **state) {
    (void)state;
    assert_refused("os.time()", "'os' is not available");
    assert_refused("io.write('x')", "use print");
    assert_refused("debug.traceback()", "'debug' is not available");
    assert_refused("package.path = 1", "use require");
    assert_refused("collectgarbage('count')", "collectgarbage is not available");
    assert_refused("dofile('x')", "use require");
    assert_refused("loadfile('x')", "use require");
    assert_refused("math.random()", "sim.rng");
    assert_refused("math.randomseed(1)", "sim.rng");
    assert_refused("string.dump(print)", "string.dump is not available");
    assert_refused("string.format('%p', {})", "'%p' is not available");
    assert_refused("string.format('%a', 1.5)", "'%a' is not available");
    assert_refused("string.pack('i4', 1)", "byte order");
    assert_refused("string.pack('<i', 1)", "'i' needs a size");
    assert_refused("string.pack('<j', 1)", "'j' in a format is not available");
    assert_refused("string.pack('<!', 1)", "'!' in a format is not available");
    assert_refused("string.unpack('=i4', 'abcd')", "'=' in a format is not available");
    assert_refused("setmetatable({}, {__gc = print})", "__gc is not available");
    assert_refused("setmetatable({}, {__mode = 'k'})", "weak tables");
    assert_prints("print(load('\\27Lua', 'b', 'b'))\nprint((load('\\27Lua')))",
                  "nil\tload takes text only: binary chunks are not available\nnil\n");
}

static void a_table_made_weak_behind_setmetatable_stays_strong(void **state) {
    (void)state;
    assert_prints("local mt = {} local t = setmetatable({}, mt) mt.__mode = 'kv'\n"
                  "for i = 1, 100 do t[i] = {} end\n"
                  "for i = 1, 200000 do local garbage = {i} end\n"
                  "local n = 0 for _ in pairs(t) do n = n + 1 end print(n)",
                  "100\n");
}

static void libraries_and_the_string_metatable_cannot_be_changed(void **state) {
    (void)state;
    assert_refused("string.format = nil", "test.lua:1: 'string' is read-only: cannot set 'format'");
    assert_refused("table.extra = 1", "'table' is read-only");
    assert_refused("rawset(math, 'pi', 3)", "read-only");
    assert_refused("setmetatable(math, {})", "protected metatable");
    assert_refused("getmetatable('').__index = {}", "");
    assert_refused("table.insert(string, 1)", "read-only");
    assert_refused("table.sort(setmetatable({}, {}), 1)", "function expected");
    assert_prints("print(getmetatable(string), getmetatable(''), rawget(string, 'format'))\n"
                  "local n = 0 for k, v in pairs(string) do n = n + 1 end print(n)",
                  "read-only\tthe string metatable is read-only\tnil\n17\n");
}

static void environments_share_nothing(void **state) {
    (void)state;
    struct fixture fixture;
    fixture_open(&fixture, (struct sandbox_options){0});
    assert_int_equal(fixture_run(&fixture, "x = 1 print = nil _G.y = 2 assert(_G.x == 1) "
                                           "load('z = 3')() assert(z == 3)"),
                     SANDBOX_OK);
    assert_int_equal(fixture_run(&fixture, "print(x, y, z)"), SANDBOX_OK);
    assert_string_equal(fixture.output.text, "nil\tnil\tnil\n");
    fixture_close(&fixture);
}

static bool find_module(void *context, const char *name, struct sandbox_module *module) {
    static const char *const modules[][2] = {
        {"one", "count = (count or 0) + 1 return {name = ..., count = count}"},
        {"a", "return require 'b'"},
        {"b", "return require 'a'"},
        {"broken", "return = 1"},
    };
    (void)context;
    module->searched = "  lib/x.lua\n  lib2/x.lua";
    for (size_t i = 0; i < sizeof(modules) / sizeof(modules[0]); i++) {
        if (strcmp(modules[i][0], name) == 0) {
            *module =
                (struct sandbox_module){modules[i][1], strlen(modules[i][1]), "lib/m.lua", NULL};
            return true;
        }
    }
    return false;
}

static void require_runs_a_module_once_and_names_what_is_wrong(void **state) {
    (void)state;
    struct fixture fixture;
    fixture_open(&fixture, (struct sandbox_options){.load_module = find_module,
                                                    .print = fixture_print,
                                                    .context = &fixture.output});
    assert_int_equal(fixture_run(&fixture, "local m = require 'one' assert(m == require 'one') "
                                           "print(m.name, m.count)"),
                     SANDBOX_OK);
    assert_string_equal(fixture.output.text, "one\t1\n");
    assert_int_equal(fixture_run(&fixture, "require 'a'"), SANDBOX_ERROR);
    assert_non_null(strstr(fixture.error.message, "in a circle: a -> b -> a"));
    assert_int_equal(fixture_run(&fixture, "require 'none'"), SANDBOX_ERROR);
    assert_string_equal(fixture.error.message,
                        "test.lua:1: module 'none' not found:\n  lib/x.lua\n  lib2/x.lua");
    assert_int_equal(fixture_run(&fixture, "require 'broken'"), SANDBOX_ERROR);
    assert_non_null(strstr(fixture.error.message, "lib/m.lua:1:"));
    fixture_close(&fixture);
}

static void an_error_has_place_text_and_traceback(void **state) {
    (void)state;
    struct fixture fixture;
    fixture_open(&fixture, (struct sandbox_options){0});
    assert_int_equal(
        fixture_run(&fixture, "local function f()\n  local t\n  return t.x\nend\nf()\n"),
        SANDBOX_ERROR);
    assert_string_equal(fixture.error.message,
                        "test.lua:3: attempt to index a nil value (local 't')");
    assert_string_equal(fixture.error.traceback,
                        "test.lua:3: in local 'f'\ntest.lua:5: in main chunk");
    assert_int_equal(fixture_run(&fixture, "error({})"), SANDBOX_ERROR);
    assert_string_equal(fixture.error.message, "test.lua:1: (the error object is a table value)");
    assert_int_equal(fixture_run(&fixture, "error()"), SANDBOX_ERROR);
    assert_string_equal(fixture.error.message, "test.lua:1: (the error object is a nil value)");
    assert_int_equal(
        fixture_run(&fixture, "error(setmetatable({}, {__tostring = function() return 'E' end}))"),
        SANDBOX_ERROR);
    assert_string_equal(fixture.error.message, "test.lua:1: E");
    assert_int_equal(fixture_run(&fixture, "x ="), SANDBOX_ERROR);
    assert_non_null(strstr(fixture.error.message, "test.lua:1: unexpected symbol"));
    fixture_close(&fixture);
}

static void absolute_chunk_names_are_refused(void **state) {
    (void)state;
    struct fixture fixture;
    fixture_open(&fixture, (struct sandbox_options){0});
    lua_State *L = sandbox_lua(fixture.sandbox);
    sandbox_environment(L);
    assert_int_equal(sandbox_load(fixture.sandbox, L, "/home/x.lua", "", 0, 1, &fixture.error),
                     SANDBOX_ERROR);
    assert_int_equal(sandbox_load(fixture.sandbox, L, "../x.lua", "", 0, 1, &fixture.error),
                     SANDBOX_ERROR);
    assert_int_equal(lua_gettop(L), 1);
    fixture_close(&fixture);
}

static void sort_is_stable_and_survives_a_function_that_is_no_order(void **state) {
    (void)state;
    assert_prints(
        "local t = {} for i = 1, 1000 do t[i] = {i * 7919 % 10, i} end\n"
        "table.sort(t, function(a, b) return a[1] < b[1] end)\n"
        "for i = 2, 1000 do local a, b = t[i-1], t[i] assert(a[1] < b[1] or (a[1] == b[1] "
        "and a[2] < b[2])) end\n"
        "local u = {3, 1, 2, 5, 4} table.sort(u, function() return true end)\n"
        "print(table.concat(u, ' '))\n"
        "print(pcall(table.sort, {1, 'x', 2}))",
        "4 5 2 1 3\nfalse\tattempt to compare string with number\n");
}

static void coroutines_work_and_say_what_is_wrong(void **state) {
    (void)state;
    assert_prints("local co = coroutine.create(function(a) local b = coroutine.yield(a + 1) "
                  "error('no ' .. b) end)\n"
                  "print(coroutine.resume(co, 1)) print(coroutine.resume(co, 2))\n"
                  "print(coroutine.resume(co)) print(coroutine.status(co), coroutine.close(co))\n"
                  "print(select(2, coroutine.running()), coroutine.isyieldable())\n"
                  "local w = coroutine.wrap(function() print(pcall(coroutine.yield, 5)) return 6 "
                  "end) print(w()) print(w(7))\n"
                  "print(pcall(w))",
                  "true\t2\nfalse\ttest.lua:1: no 2\nfalse\tcannot resume dead coroutine\n"
                  "dead\tfalse\ttest.lua:1: no 2\ntrue\tfalse\n5\ntrue\t7\n6\n"
                  "false\tcannot resume dead coroutine\n");
}

static void packing_has_no_native_part(void **state) {
    (void)state;
    assert_prints("local function hex(s) return (s:gsub('.', function(c) return "
                  "string.format('%02x', c:byte()) end)) end\n"
                  "print(hex(string.pack('<i4 >I2 b', -2, 258, -1)))\n"
                  "print(hex(string.pack('>d', 1.5)), hex(string.pack('<s2z', 'ab', 'c')))\n"
                  "print(string.unpack('<i4 >I2 b', string.pack('<i4 >I2 b', -2, 258, -1)))\n"
                  "print(string.packsize('<i8c3'), hex(string.pack('<d', -(0/0))))",
                  "feffffff0102ff\n3ff8000000000000\t020061626300\n-2\t258\t-1\t8\n"
                  "11\t000000000000f87f\n");
}

static void the_nearest_name_is_the_one_meant(void **state) {
    (void)state;
    const char *const names[] = {"fsync", "role", "upstream"};
    assert_string_equal(nearest_name("fsnyc", names, 3), "fsync");
    assert_string_equal(nearest_name("Upstraem", names, 3), "upstream");
    assert_null(nearest_name("bandwidth", names, 3));
    assert_null(nearest_name("x", names, 0));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pairs_goes_by_integers_floats_strings_and_booleans),
        cmocka_unit_test(pairs_gives_the_same_order_as_next),
        cmocka_unit_test(pairs_skips_removed_keys_and_does_not_visit_added_ones),
        cmocka_unit_test(pairs_sorts_many_keys_and_honours_its_metamethod),
        cmocka_unit_test(a_key_without_an_order_is_refused),
        cmocka_unit_test(no_text_shows_an_address_or_the_sign_of_a_nan),
        cmocka_unit_test(what_would_leak_the_machine_is_refused_with_advice),
        cmocka_unit_test(a_table_made_weak_behind_setmetatable_stays_strong),
        cmocka_unit_test(libraries_and_the_string_metatable_cannot_be_changed),
        cmocka_unit_test(environments_share_nothing),
        cmocka_unit_test(require_runs_a_module_once_and_names_what_is_wrong),
        cmocka_unit_test(an_error_has_place_text_and_traceback),
        cmocka_unit_test(absolute_chunk_names_are_refused),
        cmocka_unit_test(sort_is_stable_and_survives_a_function_that_is_no_order),
        cmocka_unit_test(coroutines_work_and_say_what_is_wrong),
        cmocka_unit_test(packing_has_no_native_part),
        cmocka_unit_test(the_nearest_name_is_the_one_meant),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
