/*
 * What a script prints is the same in every process; with stock Lua it is not.
 *
 * The test runs itself as a child for each script and each process (addresses are laid out anew),
 * and compares the bytes. `test --child ours|stock N` runs script N.
 */
#include "sandbox_fixture.h"

#include <lualib.h>

#include <unistd.h>

enum { PROCESSES = 8 };

struct leak {
    const char *name;
    const char *script;
    bool stock_leaks; /* the same script prints different bytes with stock Lua */
};

static const struct leak leaks[] = {
    {"addresses in tostring",
     "print({}, print, coroutine.create(print)) print(pcall(function() return {} .. 'x' end))",
     true},
    {"the order of string keys",
     "local t = {} for i = 1, 50 do t['key' .. i] = i end for k, v in pairs(t) do print(k, v) end",
     true},
    {"the order of next",
     "local t = {} for i = 1, 50 do t['key' .. i] = i end for k, v in next, t do print(k, v) end",
     true},
    {"the border of a table with holes beside string keys",
     "local out = {}\n"
     "for round = 1, 2000 do\n"
     "  local t, keys, x = {}, {}, round\n"
     "  local function draw(n) x = (x * 1103515245 + 12345) % 2147483648 return x // 65536 % n "
     "end\n"
     "  for i = 1, 40 do\n"
     "    local what = draw(4)\n"
     "    if what == 0 then keys[#keys + 1] = 'k' .. round .. i t[keys[#keys]] = i\n"
     "    elseif what == 1 and #keys > 0 then t[table.remove(keys)] = nil\n"
     "    else t[draw(16) + 1] = what == 2 and i or nil end\n"
     "  end\n"
     "  out[#out + 1] = #t\n"
     "end\n"
     "print(table.concat(out, ' '))",
     true},
    {"the border of a table with holes beside keys that are tables",
     "local out = {}\n"
     "for round = 1, 2000 do\n"
     "  local t, keys, x = {}, {}, round\n"
     "  local function draw(n) x = (x * 1103515245 + 12345) % 2147483648 return x // 65536 % n "
     "end\n"
     "  for i = 1, 40 do\n"
     "    local what = draw(4)\n"
     "    if what == 0 then keys[#keys + 1] = {} t[keys[#keys]] = i\n"
     "    elseif what == 1 and #keys > 0 then t[table.remove(keys)] = nil\n"
     "    else t[draw(16) + 1] = what == 2 and i or nil end\n"
     "  end\n"
     "  out[#out + 1] = #t\n"
     "end\n"
     "print(table.concat(out, ' '))",
     false /* it does, but not with a sanitizer's allocator */},
    {"the seed of random numbers", "print(pcall(function() return math.random() end))", true},
    {"the pivot of sort",
     "local t = {} for i = 1, 2000 do t[i] = {i * 7919 % 3, i} end\n"
     "table.sort(t, function(a, b) return a[1] < b[1] end)\n"
     "local o = {} for i = 1, 2000 do o[i] = t[i][2] end print(table.concat(o, ' '))",
     false},
    {"the clock", "print(pcall(function() return os.clock() end))", true},
    {"the place where memory runs out",
     "local t, n = {}, 0\n"
     "pcall(function() while true do n = n + 1 t['k' .. n] = {n} t[{}] = n print(n % 1000 == 0 and "
     "n or "
     "'') end end)",
     false},
    {"floating point",
     "for i = 1, 200 do local x = i * 0.37 print(math.exp(x), math.log(x), x ^ 2.3, math.sin(x), "
     "0/0) end",
     false},
    {"errors", "local t <const> = {} t.x.y = 1", false},
};

static const struct sandbox_options child_options = {
    .limits = {.memory_bytes = 2 << 20, .output_bytes = 1 << 20, .instructions = 20000000}};

static void print_to_stdout(void *context, const char *text, size_t size) {
    (void)context;
    (void)fwrite(text, 1, size, stdout);
}

static int run_ours(const char *script) {
    struct sandbox_options options = child_options;
    struct sandbox_error error;
    options.print = print_to_stdout;
    struct sandbox *sandbox = sandbox_open(&options, NULL);
    lua_State *L = sandbox_lua(sandbox);
    sandbox_environment(L);
    if (sandbox_load(sandbox, L, "test.lua", script, strlen(script), 1, &error) != SANDBOX_OK ||
        sandbox_call(sandbox, L, 0, 0, &error) != SANDBOX_OK) {
        printf("%s\n%s\n", error.message, error.traceback);
    }
    printf("%zu bytes, %lld steps\n", sandbox_memory_bytes(sandbox),
           (long long)sandbox_instructions_used(sandbox));
    sandbox_close(sandbox);
    return 0;
}

static int run_stock(const char *script) {
    lua_State *L = luaL_newstate();
    luaL_openlibs(L);
    if (luaL_dostring(L, script) != LUA_OK) { printf("%s\n", lua_tostring(L, -1)); }
    lua_close(L);
    return 0;
}

static const char *self;

static size_t run_child(const char *whose, size_t index, char *text, size_t size) {
    char command[512];
    (void)snprintf(command, sizeof(command), "'%s' --child %s %zu", self, whose, index);
    FILE *child = popen(command, "r");
    assert_non_null(child);
    size_t read = fread(text, 1, size - 1, child);
    text[read] = '\0';
    assert_int_equal(pclose(child), 0);
    return read;
}

static bool differs_between_processes(const char *whose, size_t index) {
    static char first[1 << 17];
    static char other[1 << 17];
    size_t size = run_child(whose, index, first, sizeof(first));
    bool differs = false;
    assert_true(size > 0);
    for (int i = 1; i < PROCESSES && !differs; i++) {
        size_t other_size = run_child(whose, index, other, sizeof(other));
        differs = other_size != size || memcmp(first, other, size) != 0;
    }
    return differs;
}

static void every_process_prints_the_same(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof(leaks) / sizeof(leaks[0]); i++) {
        if (differs_between_processes("ours", i)) {
            fail_msg("%s: two processes differ", leaks[i].name);
        }
    }
}

/* A sanitizer's allocator and shadow leave addresses little room to differ: whether stock Lua is
 * seen to leak there is chance. */
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#endif

static void stock_lua_leaks_the_machine(void **state) {
    (void)state;
#ifdef SANITIZED
    skip();
#endif
    for (size_t i = 0; i < sizeof(leaks) / sizeof(leaks[0]); i++) {
        if (leaks[i].stock_leaks && !differs_between_processes("stock", i)) {
            fail_msg("%s: %d processes of stock Lua agree, so the test shows nothing",
                     leaks[i].name, PROCESSES);
        }
    }
}

static void sandboxes_side_by_side_print_the_same(void **state) {
    (void)state;
    static struct fixture alone;
    static struct fixture beside;
    fixture_open(&alone, child_options);
    (void)fixture_run(&alone, leaks[4].script);
    (void)fixture_run(&alone, leaks[3].script);
    fixture_open(&beside, child_options);
    (void)fixture_run(&beside, leaks[4].script);
    (void)fixture_run(&beside, leaks[3].script);
    assert_string_equal(alone.output.text, beside.output.text);
    assert_int_equal(sandbox_memory_bytes(alone.sandbox), sandbox_memory_bytes(beside.sandbox));
    fixture_close(&alone);
    fixture_close(&beside);
}

int main(int count, char **arguments) {
    if (count == 4 && strcmp(arguments[1], "--child") == 0) {
        const char *script = leaks[strtoul(arguments[3], NULL, 10)].script;
        return strcmp(arguments[2], "ours") == 0 ? run_ours(script) : run_stock(script);
    }
    self = arguments[0];
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_process_prints_the_same),
        cmocka_unit_test(stock_lua_leaks_the_machine),
        cmocka_unit_test(sandboxes_side_by_side_print_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
