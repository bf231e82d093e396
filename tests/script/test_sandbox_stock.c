/*
 * Our string functions against the stock ones, over generated cases: the clever one is tested
 * against the one that everybody knows. Both run the same Lua function; only `string` differs.
 */
#include "sandbox_fixture.h"

#include <lualib.h>

/* Answers a text with all results of one case; errors compare as errors, whatever their text. */
static const char compare_script[] =
    "local function show(ok, ...)\n"
    "  if not ok then return 'error' end\n"
    "  local t = {} for i = 1, select('#', ...) do t[i] = tostring((select(i, ...))) end\n"
    "  return table.concat(t, '|')\n"
    "end\n"
    "local function all(s, p) local t = {}\n"
    "  for a, b in string.gmatch(s, p) do t[#t + 1] = tostring(a) .. ':' .. tostring(b) end\n"
    "  return table.concat(t, ',')\n"
    "end\n"
    "return function(s, p, r)\n"
    "  return table.concat({\n"
    "    show(pcall(string.find, s, p)), show(pcall(string.match, s, p)),\n"
    "    show(pcall(string.find, s, p, 3)), show(pcall(string.match, s, p, -2)),\n"
    "    show(pcall(string.find, s, p, 2, true)), show(pcall(all, s, p)),\n"
    "    show(pcall(string.gsub, s, p, r)), show(pcall(string.gsub, s, p, r, 2)),\n"
    "    show(pcall(string.gsub, s, p, {a = 'X', b = 1, ab = false, [1] = 'one'})),\n"
    "    show(pcall(string.gsub, s, p, function(a, b) return b or a end)),\n"
    "  }, '\\n')\n"
    "end";

static uint64_t draw(uint64_t *state, uint64_t bound) {
    *state = *state * 6364136223846793005U + 1442695040888963407U;
    return (*state >> 33) % bound;
}

static void generate(uint64_t *state, const char *const *tokens, size_t count, unsigned length_max,
                     char *text, size_t size) {
    unsigned length = (unsigned)draw(state, length_max + 1);
    text[0] = '\0';
    for (unsigned i = 0; i < length; i++) {
        const char *token = tokens[draw(state, count)];
        if (strlen(text) + strlen(token) + 1 < size) { strcat(text, token); }
    }
}

static const char *compare(lua_State *L, int function, const char *s, const char *p,
                           const char *r) {
    lua_pushvalue(L, function);
    lua_pushstring(L, s);
    lua_pushstring(L, p);
    lua_pushstring(L, r);
    assert_int_equal(lua_pcall(L, 3, 1, 0), LUA_OK);
    return lua_tostring(L, -1);
}

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void patterns_answer_as_stock_lua_does(void **unused) {
    (void)unused;
    static const char *const pattern_tokens[] = {
        "a",     "b",     ".",   "%a",   "%d",   "%w",   "%s",     "%S",     "[ab]", "[^a]",
        "[a-c]", "[%a_]", "[]]", "[a-]", "%b()", "%bab", "%f[%w]", "%f[^a]", "(",    ")",
        "()",    "*",     "+",   "-",    "?",    "^",    "$",      "%1",     "%2",   "%%",
        "x",     "[",     "%",   "%.",   "(a)",  "(.-)", "(%w+)",  "a*",     ".-"};
    static const char *const subject_tokens[] = {"a", "b", "ab", "x", "1",   " ",  "(", ")", "]",
                                                 "-", "_", ".",  "%", "aab", "\n", "^", "$", "c"};
    static const char *const replacement_tokens[] = {"x", "%0", "%1", "%2", "%%", "-", "%3", "%"};
    struct fixture fixture;
    fixture_open(&fixture, (struct sandbox_options){0});
    lua_State *ours = sandbox_lua(fixture.sandbox);
    lua_State *stock = luaL_newstate();
    luaL_openlibs(stock);
    assert_int_equal(luaL_dostring(stock, compare_script), LUA_OK);
    sandbox_environment(ours);
    assert_int_equal(sandbox_load(fixture.sandbox, ours, "compare.lua", compare_script,
                                  sizeof(compare_script) - 1, 1, &fixture.error),
                     SANDBOX_OK);
    assert_int_equal(sandbox_call(fixture.sandbox, ours, 0, 1, &fixture.error), SANDBOX_OK);
    uint64_t state = 20260707;
    for (int i = 0; i < 20000; i++) {
        char s[64];
        char p[64];
        char r[32];
        generate(&state, subject_tokens, COUNT(subject_tokens), 12, s, sizeof(s));
        generate(&state, pattern_tokens, COUNT(pattern_tokens), 6, p, sizeof(p));
        generate(&state, replacement_tokens, COUNT(replacement_tokens), 3, r, sizeof(r));
        const char *got = compare(ours, 2, s, p, r);
        const char *expected = compare(stock, 1, s, p, r);
        if (strcmp(got, expected) != 0) {
            fail_msg("case %d: subject '%s' pattern '%s' replacement '%s'\nours:\n%s\nstock:\n%s",
                     i, s, p, r, got, expected);
        }
        lua_settop(ours, 2);
        lua_settop(stock, 1);
    }
    lua_close(stock);
    fixture_close(&fixture);
}

/* Every line is evaluated by both; where we differ on purpose is tested elsewhere. */
static void library_functions_answer_as_stock_lua_does(void **unused) {
    (void)unused;
    static const char *const expressions[] = {
        "('hello'):sub(2, -2), ('hello'):sub(-100, 100), ('hello'):sub(4, 2), ('hello'):sub(0)",
        "('abc'):byte(1, -1), ('abc'):byte(10), ('abc'):byte(-1), #('abc'):rep(3, ', ')",
        "('AbC1'):upper(), ('AbC1'):lower(), ('abc'):reverse(), ('x'):rep(0), ('x'):rep(-1)",
        "string.char(), string.char(65, 66), pcall(string.char, 256)",
        "string.format('%5d|%-5d|%05d|%+d|% d|%x|%X|%#x|%o|%i', 3, 3, 3, 3, 3, 255, 255, 255, 8, "
        "4)",
        "string.format('%.3f|%10.2f|%-10.2f|%e|%g|%G|%.0f|%#.0f', 1.5, 2.5, 3.5, 1e10, 1e20, "
        "1e-10, 0.5, 1)",
        "string.format('%s|%10s|%-10s|%.2s|%5.1s', 'abc', 'abc', 'abc', 'abc', 'abc')",
        "string.format('%q', 'a\\n\\0001\\r\"\\\\z\\200'), string.format('%q', math.mininteger)",
        "string.format('%c%c', 65, 66), string.format('%%'), string.format('%d', 3.0)",
        "pcall(string.format, '%d', 3.5), pcall(string.format, '%y', 1), pcall(string.format, "
        "'%d')",
        "string.format('%s %s %s', nil, true, 1.5), string.format('%s', setmetatable({}, "
        "{__tostring "
        "= function() return 'm' end}))",
        "table.unpack({1, 2, 3}), table.unpack({1, 2, 3}, 2), table.unpack({1, 2}, 1, 3)",
        "table.pack(1, nil, 3).n, select('#', table.unpack(table.pack(nil, nil)))",
        "table.concat({1, 2, 3}, ', '), table.concat({1, 2, 3}, ', ', 2), table.concat({}, 'x')",
        "pcall(table.concat, {1, {}, 3}), pcall(table.concat, {1}, ',', 1, 2)",
        "(function() local t = {1, 2, 3} table.insert(t, 4) table.insert(t, 1, 0) return "
        "table.concat(t, ' ') end)()",
        "(function() local t = {1, 2, 3} local a, b = table.remove(t), table.remove(t, 1) return "
        "a, b, "
        "#t, table.remove({}), table.remove({}, 0), table.remove({1}, 2) end)()",
        "pcall(table.insert, {1, 2}, 4, 1), pcall(table.insert, {1, 2}, 0, 1), pcall(table.insert, "
        "{})",
        "(pcall(table.remove, {1, 2}, 4)), (pcall(table.remove, {1, 2}, 0)), (pcall(table.remove, "
        "{1}, -1))",
        "table.concat(table.move({1, 2, 3}, 1, 3, 2), ' '), table.concat(table.move({1, 2, 3}, 2, "
        "3, "
        "1), ' '), table.concat(table.move({1, 2}, 1, 2, 1, {}), ' ')",
        "math.floor(-1.5), math.ceil(-1.5), math.floor(2^70), math.abs(math.mininteger), "
        "math.abs(-0.0)",
        "math.fmod(-7, 3), math.fmod(7, -3), math.fmod(-7.5, 2), pcall(math.fmod, 1, 0), "
        "math.fmod(1, "
        "math.huge)",
        "math.modf(3.7), math.modf(-3.7), math.modf(5), math.modf(math.huge), "
        "math.modf(-math.huge)",
        "math.tointeger(3.0), math.tointeger(3.5), math.tointeger('8'), math.tointeger({})",
        "math.type(1), math.type(1.0), math.type('1'), math.ult(1, -1), math.max(1, 2.5), "
        "math.min(2, 1)",
        "math.sqrt(2), math.pi, math.maxinteger, math.mininteger, math.deg(1), math.rad(90)",
        "tostring(1e15), tostring(1e16), tostring(2^63), tostring(-0.0), tostring(1e100), 0.1",
        "tonumber('0x1p4'), tonumber('  12  '), tonumber('1e1'), tonumber('1e'), tonumber(''), "
        "tonumber('z', 36), tonumber('8', 8), tonumber('-ff', 16), tonumber('1\\0'), tonumber({}) "
        "== nil",
        "'10' + 5, '3' * '4', '0x10' - 1, 10 .. 20, -'2', '7' // 2, '7' % 4, '2' ^ 2, "
        "pcall(function() "
        "return 'a' + 1 end) == false",
        "select(-1, 1, 2, 3), select(2, 'a', 'b', 'c'), select('#'), pcall(select, 0)",
        "rawequal('a', 'a'), rawlen({1, 2}), rawget({5}, 1), #rawset({}, 1, 2)",
        "pcall(error, 'x', 0), pcall(error, {1} and nil), select('#', pcall(error))",
        "pcall(assert, false), pcall(assert, nil, 'msg'), assert(1, 2, 3), pcall(assert, false, 5)",
        "xpcall(function(a, b) return a + b end, print, 1, 2), xpcall(error, function(m) return "
        "'h' .. m "
        "end, 'e')",
        "next({}), next({10}), next({10}, 1), type(next), rawequal(_G, _G._G)",
        "load('return 1, 2')(), load('x = ') == nil, load('return x', 'c', 't', {x = 5})()",
        "utf8.char(72, 228, 8364, 0x10FFFF), utf8.len('h\xc3\xa4'), utf8.codepoint('\xc3\xa4'), "
        "utf8.offset('a\xc3\xa4z', 3), utf8.charpattern",
        "string.packsize('<i4i8'), string.unpack('<I2', '\\1\\2'), string.unpack('>i3', "
        "'\\255\\255\\254')",
        "(function() local n = 0 for i, v in ipairs({1, 2, nil, 4}) do n = n + v end return n "
        "end)()",
        "(function() local t = {} for w in ('a1b2'):gmatch('%a%d') do t[#t + 1] = w end return "
        "table.concat(t, '-') end)()",
    };
    static const char prefix[] =
        "local function show(...) local t = {} for i = 1, select('#', ...) do "
        "t[i] = tostring((select(i, ...))) end return table.concat(t, '|') end "
        "return show(";
    struct fixture fixture;
    fixture_open(&fixture, (struct sandbox_options){0});
    lua_State *ours = sandbox_lua(fixture.sandbox);
    lua_State *stock = luaL_newstate();
    luaL_openlibs(stock);
    for (size_t i = 0; i < COUNT(expressions); i++) {
        char script[2048];
        (void)snprintf(script, sizeof(script), "%s%s)", prefix, expressions[i]);
        if (luaL_loadbuffer(stock, script, strlen(script), "@x.lua") != LUA_OK ||
            lua_pcall(stock, 0, 1, 0) != LUA_OK) {
            fail_msg("stock: %s: %s", expressions[i], lua_tostring(stock, -1));
        }
        sandbox_environment(ours);
        if (sandbox_load(fixture.sandbox, ours, "x.lua", script, strlen(script), 1,
                         &fixture.error) != SANDBOX_OK ||
            sandbox_call(fixture.sandbox, ours, 0, 1, &fixture.error) != SANDBOX_OK) {
            fail_msg("ours: %s: %s", expressions[i], fixture.error.message);
        }
        assert_string_equal(lua_tostring(ours, -1), lua_tostring(stock, -1));
        lua_settop(ours, 0);
        lua_settop(stock, 0);
    }
    lua_close(stock);
    fixture_close(&fixture);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(patterns_answer_as_stock_lua_does),
        cmocka_unit_test(library_functions_answer_as_stock_lua_does),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
