/* Limits hold, and nothing a script does survives one; nor do published bugs of Lua 5.4.4 crash it.
 */
#include "sandbox_fixture.h"

static const struct sandbox_limits small = {
    .memory_bytes = 8 << 20, .instructions = 2000000, .output_bytes = 1000};

/* Room for Lua's own bound on depth: a million stack slots take 16 MB, and frames as much again. */
static const struct sandbox_limits roomy = {.memory_bytes = 256 << 20, .instructions = 20000000};

static void endless_work_ends_in_the_instruction_limit(void **state) {
    (void)state;
    static const char *const scripts[] = {
        "while true do end",
        "pcall(function() while true do end end)",
        "while true do pcall(function() while true do end end) end",
        "xpcall(function() while true do end end, function() return 1 end)",
        "coroutine.wrap(function() while true do end end)()",
        "coroutine.resume(coroutine.create(function() while true do end end))",
        "local t = setmetatable({}, {__index = function() while true do end end}) return t.x",
        "table.sort({3, 2, 1}, function() while true do end end)",
        "string.gsub('x', 'x', function() while true do end end)",
        "local x <close> = setmetatable({}, {__close = function() while true do end end})",
        "string.find(string.rep('a', 40), string.rep('a?', 40) .. string.rep('a', 40))",
        "string.match(string.rep('a', 100000), '.-.-.-.-b')",
        "string.rep('', 1e15) table.move({}, 1, 1e15, 2)",
        "table.concat(setmetatable({}, {__index = function() return '' end}), '', 1, 1e15)",
        ("table.insert(setmetatable({}, {__len = function() return 1e15 end, __newindex = "
         "function() "
         "end}), 1, 1)"),
        "load(function() return ' ' end)",
        "while true do coroutine.wrap(function() end)() end",
        "local s = string.rep('a', 1e6) while true do s:upper() end",
        "local s = string.rep('a', 1e6) while true do utf8.len(s) end",
        "local t = {} for i = 1, 1e5 do t['k' .. i] = i end while true do next(t, 'k') end",
    };
    for (size_t i = 0; i < sizeof(scripts) / sizeof(scripts[0]); i++) {
        assert_fails(scripts[i], (struct sandbox_limits){.instructions = 2000000},
                     SANDBOX_LIMIT_INSTRUCTIONS, "instruction limit reached: 2000000");
    }
}

static void too_much_data_ends_in_the_memory_limit(void **state) {
    (void)state;
    static const char *const scripts[] = {
        "local t = {} for i = 1, 1e7 do t[i] = {} end",
        "pcall(string.rep, 'x', 1e9)",
        "string.rep('x', 1 << 39)",
        "local s = 'x' while true do s = s .. s end",
        "local t = {} for i = 1, 1e4 do t[i] = string.rep('x', 1e4) .. i end",
        "pcall(table.concat, {string.rep('x', 3e6), string.rep('y', 3e6)})",
        "coroutine.wrap(function() local s = 'x' while true do s = s .. s end end)()",
        ("local x <close> = setmetatable({}, {__close = function() error('hidden') end}) "
         "return pcall(string.rep, 'x', 1e9)"),
        "string.gsub(string.rep('x', 1e6), 'x', string.rep('y', 100))",
        "return string.format('%s', string.rep('x', 7e6)):rep(2)",
    };
    for (size_t i = 0; i < sizeof(scripts) / sizeof(scripts[0]); i++) {
        assert_fails(scripts[i], (struct sandbox_limits){.memory_bytes = 8 << 20},
                     SANDBOX_LIMIT_MEMORY, "test.lua:1: memory limit reached: 8388608 bytes");
    }
}

static void garbage_does_not_count_against_the_memory_limit(void **state) {
    (void)state;
    assert_prints_within((struct sandbox_limits){.memory_bytes = 8 << 20},
                         "for i = 1, 300 do local s = string.rep('x', 1e6 + i) end\n"
                         "for i = 1, 1e6 do local t = {i} end print 'done'",
                         "done\n");
}

static void too_much_printing_ends_in_the_output_limit(void **state) {
    (void)state;
    assert_fails("while true do pcall(print, 'hello') end", small, SANDBOX_LIMIT_OUTPUT,
                 "test.lua:1: output limit reached: 1000 bytes printed; raise it with");
}

static void endless_recursion_is_contained(void **state) {
    (void)state;
    static const char *const scripts[] = {
        "local function f() return 1 + f() end f()",
        "local function f() return 1 + f() end pcall(f)",
        "local function f() return (pcall(f)) end f()",
        "local function f() return (xpcall(f, f)) end f()",
        "local function f() error(f()) end xpcall(f, f)",
        "xpcall(function() error(1) end, function() error(2) end)",
        "local function f() string.gsub('x', 'x', f) end f()",
        "local function f() table.sort({1, 2}, f) end f()",
        "local t = {} setmetatable(t, {__index = function(t, k) return t[k .. 1] end}) return t.x",
        "local t = {} setmetatable(t, {__eq = function(a, b) return a == b end}) return t == "
        "setmetatable({}, getmetatable(t))",
        "local function f() coroutine.wrap(f)() end f()",
        "local function f() local co = coroutine.create(f) coroutine.resume(co) end f()",
        "local function f() local co = coroutine.wrap(function() local x <close> = "
        "setmetatable({}, {__close = f}) coroutine.yield() end) co() end f()"
        " local function g() local co = coroutine.create(function() local x <close> = "
        "setmetatable({}, {__close = g}) coroutine.yield() end) coroutine.resume(co) "
        "coroutine.close(co) end g() error('stack overflow', 0)",
        "local t = setmetatable({}, {__tostring = function(t) return tostring(t) end}) tostring(t)",
        "local function f(t) for k in pairs(setmetatable({}, {__pairs = f})) do end end f()",
    };
    for (size_t i = 0; i < sizeof(scripts) / sizeof(scripts[0]); i++) {
        assert_fails(scripts[i], roomy, SANDBOX_LIMIT_DEPTH, "depth limit reached");
    }
}

static void chunks_nested_too_deep_are_refused_by_the_parser(void **state) {
    (void)state;
    assert_prints("local function deep(a, b, n) return (load(a:rep(n) .. b:rep(n))) end\n"
                  "print(deep('return (', ')', 10000)) print(deep('do ', 'end ', 10000))\n"
                  "print(deep('{', '}', 10000), (load('return ' .. ('-'):rep(1e5, ' ') .. '1')))\n"
                  "print((load('return ' .. ('a..'):rep(1e4) .. 'a')))",
                  "nil\nnil\n"
                  "nil\tnil\nnil\n");
}

static void a_reached_limit_stays(void **state) {
    (void)state;
    struct fixture fixture;
    fixture_open(&fixture, (struct sandbox_options){.limits = small});
    assert_int_equal(fixture_run(&fixture,
                                 "print 'before'\n"
                                 "local x <close> = setmetatable({}, {__close = function() "
                                 "print 'close' end})\n"
                                 "pcall(function() while true do end end)\nprint 'after'"),
                     SANDBOX_LIMIT_INSTRUCTIONS);
    assert_string_equal(fixture.output.text, "before\n");
    assert_non_null(strstr(fixture.error.message, "test.lua:3: "));
    assert_non_null(strstr(fixture.error.message, "--limit-instructions"));
    assert_non_null(strstr(fixture.error.traceback, "test.lua:3: in"));
    assert_int_equal(fixture_run(&fixture, "print 'again'"), SANDBOX_LIMIT_INSTRUCTIONS);
    assert_string_equal(fixture.output.text, "");
    assert_int_equal(sandbox_limit_reached(fixture.sandbox), SANDBOX_LIMIT_INSTRUCTIONS);
    fixture_close(&fixture);
}

static void each_call_has_a_budget_of_its_own(void **state) {
    (void)state;
    struct fixture fixture;
    fixture_open(&fixture, (struct sandbox_options){.limits = {.instructions = 100000}});
    for (int i = 0; i < 50; i++) {
        assert_int_equal(fixture_run(&fixture, "for i = 1, 50000 do end"), SANDBOX_OK);
    }
    fixture_close(&fixture);
}

static void a_resumed_coroutine_yields_returns_and_fails(void **state) {
    (void)state;
    struct fixture fixture;
    int results;
    fixture_open(&fixture, (struct sandbox_options){.limits = small});
    lua_State *L = sandbox_lua(fixture.sandbox);
    static const char script[] = "coroutine.yield(1, 2)\nlocal t\nreturn t.x";
    sandbox_environment(L);
    lua_State *coroutine = lua_newthread(L);
    assert_int_equal(
        sandbox_load(fixture.sandbox, L, "co.lua", script, sizeof(script) - 1, 1, NULL),
        SANDBOX_OK);
    lua_xmove(L, coroutine, 1);
    assert_int_equal(sandbox_resume(fixture.sandbox, coroutine, L, 0, &results, &fixture.error),
                     SANDBOX_YIELDED);
    assert_int_equal(results, 2);
    lua_pop(coroutine, results);
    assert_int_equal(sandbox_resume(fixture.sandbox, coroutine, L, 0, &results, &fixture.error),
                     SANDBOX_ERROR);
    assert_string_equal(fixture.error.message,
                        "co.lua:3: attempt to index a nil value (local 't')");
    assert_string_equal(fixture.error.traceback, "co.lua:3: in main chunk");
    fixture_close(&fixture);
}

/* www.lua.org/bugs.html, section 5.4.4, those that a script here can reach. Surviving is the test.
 */
static void published_bugs_of_lua_do_not_crash(void **state) {
    (void)state;
    static const char *const scripts[] = {
        /* Lua can generate wrong code when _ENV is <const> (CVE-2022-28805) */
        "load([[local _ENV <const> = 'x'; return a]]) "
        "load([[local _ENV <const> = 11; X = 'hi']])",
        "pcall(load [[local a <const> = nil; local _ENV <const> = 1; return b + c]])",
        /* Wrong code generation for constants in bitwise operations */
        "load([[local a = 1 ]] .. ('local x = 1.5 x = \"s\" '):rep(60) .. "
        "[[ return a & 0x7fffffffff | 0x10000000000 ~ a]])()",
        /* Lua-stack overflow when C stack overflows while handling an error (CVE-2022-33099) */
        "local function loop(x) return xpcall(loop, loop, x .. 'x') end loop('x')",
        "local function f() local s = '' for i = 1, 200 do s = s .. {} end end "
        "xpcall(f, function(m) return f() end)",
        /* lua_settop may use a pointer to the stack invalidated by luaF_close */
        "local function grow(n) if n > 0 then return 1 + grow(n - 1) end return 0 end "
        "for k in (function() return nil end), nil, nil, setmetatable({}, {__close = function() "
        "grow(10000) end}) do end",
        "local co = coroutine.wrap(function() local x <close> = setmetatable({}, {__close = "
        "function() local function grow(n) if n > 0 then return 1 + grow(n - 1) end return 0 end "
        "grow(5000) end}) error('x') end) pcall(co)",
        /* an error while a coroutine with pending variables is closed */
        "local co = coroutine.create(function() local x <close> = setmetatable({}, {__close = "
        "function() error('in close') end}) coroutine.yield() end) coroutine.resume(co) "
        "coroutine.close(co)",
        /* utf8.codes accepts spurious continuation bytes */
        "pcall(function() for p, c in utf8.codes('ab\\xff') do end end) "
        "pcall(function() for p, c in utf8.codes('in\\x80valid') do end end)",
        /* functions with too many constants */
        "local t = {'return {'} for i = 1, 70000 do t[#t + 1] = i .. '.5,' end t[#t + 1] = '}' "
        "local f = load(table.concat(t)) local r = f() assert(r[70000] == 70000.5)",
        /* yielding inside __close while returning */
        "local co = coroutine.wrap(function() local x <close> = setmetatable({}, {__close = "
        "function() coroutine.yield('c') end}) return 1, 2, 3 end) "
        "assert(co() == 'c') local a, b, c = co() assert(a == 1 and b == 2 and c == 3)",
    };
    for (size_t i = 0; i < sizeof(scripts) / sizeof(scripts[0]); i++) {
        char first[2][256];
        for (int run = 0; run < 2; run++) {
            struct fixture fixture;
            fixture_open(&fixture, (struct sandbox_options){.limits = roomy});
            (void)fixture_run(&fixture, scripts[i]);
            (void)snprintf(first[run], sizeof(first[run]), "%.200s", fixture.error.message);
            fixture_close(&fixture);
        }
        assert_string_equal(first[0], first[1]);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(endless_work_ends_in_the_instruction_limit),
        cmocka_unit_test(too_much_data_ends_in_the_memory_limit),
        cmocka_unit_test(garbage_does_not_count_against_the_memory_limit),
        cmocka_unit_test(too_much_printing_ends_in_the_output_limit),
        cmocka_unit_test(endless_recursion_is_contained),
        cmocka_unit_test(chunks_nested_too_deep_are_refused_by_the_parser),
        cmocka_unit_test(a_reached_limit_stays),
        cmocka_unit_test(each_call_has_a_budget_of_its_own),
        cmocka_unit_test(a_resumed_coroutine_yields_returns_and_fails),
        cmocka_unit_test(published_bugs_of_lua_do_not_crash),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
