/* Messages as bytes: canonical, copied, and safe against any bytes. */
#include "script_fixture.h"

#include "base/codec.h"
#include "base/random.h"
#include "base/value.h"
#include "script/internal.h"
#include "script/lua_node.h"

/* Protected: encodes the value that the chunk returned, decodes it, and compares the bytes again.
 */
struct round {
    struct writer first, second;
};

static int go_round(lua_State *L) {
    struct round *round = lua_touserdata(L, 1);
    message_encode(L, 2, &round->first);
    assert_true(message_decode(L, (struct sim_bytes){round->first.data, round->first.size}));
    message_encode(L, -1, &round->second);
    return 0;
}

static void round_open(struct round *round) {
    round->first = writer_growing();
    round->second = writer_growing();
}

/* The value of a Lua expression goes round; false with the message when it cannot. */
static bool goes_round(struct scenario *s, const char *expression, struct round *round, char *why) {
    lua_State *L = s->script->lua;
    struct sandbox_error error;
    char chunk[1024];
    round_open(round);
    snprintf(chunk, sizeof chunk, "return %s", expression);
    lua_settop(L, 0);
    lua_rawgeti(L, LUA_REGISTRYINDEX, s->script->environment);
    assert_int_equal(sandbox_load(s->script->sandbox, L, "x.lua", chunk, strlen(chunk), -1, &error),
                     SANDBOX_OK);
    assert_int_equal(sandbox_call(s->script->sandbox, L, 0, 1, &error), SANDBOX_OK);
    lua_pushcfunction(L, go_round);
    lua_insert(L, -2);
    lua_pushlightuserdata(L, round);
    lua_insert(L, -2);
    const bool good = sandbox_call(s->script->sandbox, L, 2, 0, &error) == SANDBOX_OK;
    if (!good && why) snprintf(why, 300, "%s", error.message);
    return good;
}

static void round_close(struct round *round) {
    writer_free(&round->first);
    writer_free(&round->second);
}

static void values_come_back_as_they_went(void **state) {
    (void)state;
    static const char *const values[] = {
        "nil",
        "true",
        "false",
        "0",
        "-1",
        "math.maxinteger",
        "1.5",
        "-0.0",
        "''",
        "'a\\0b'",
        "{}",
        "{1, 2, 3}",
        "{{}, {{}}}",
        "{x = 1}",
        "{b = 1, a = 2, c = {z = 1, y = 2}}",
        "{[1] = 1, [3] = 3}",
        "{[-5] = 'x', [0] = 'y', [7] = 'z'}",
        "{1, 2, x = 3}",
        "{[string.rep('long', 20)] = 1, short = 2}",
        "string.rep('x', 100000)",
        "{a=1,b=2,c=3,d=4,e=5,f=6,g=7,h=8,i=9,j=10,k=11,l=12,m=13,n=14,o=15,p=16,q=17,r=18}"};
    struct scenario s = {0};
    scenario_open(&s, "");
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        struct round round;
        char why[300] = "";
        if (!goes_round(&s, values[i], &round, why)) fail_msg("%s: %s", values[i], why);
        struct reader r = reader_over(round.first.data, round.first.size);
        assert_true(value_skip(&r) && r.at == r.size);
        assert_int_equal(round.first.size, round.second.size);
        assert_memory_equal(round.first.data, round.second.data, round.first.size);
        round_close(&round);
    }
    scenario_close(&s);
}

/* The tables inside have ever new keys, whose shapes look for places where the outer's may be. */
static void what_is_inside_does_not_disturb_what_is_around(void **state) {
    (void)state;
    struct scenario s = {0};
    scenario_open(&s, "");
    for (int i = 0; i < 200; i++) {
        struct round round;
        char expression[400], why[300] = "";
        snprintf(expression, sizeof expression,
                 "(function() local t = {} for i = 1, 16 do t['k' .. i] = {['n%d_' .. i] = i, "
                 "['m%d_' .. i] = {i}}"
                 " end return t end)()",
                 i, i);
        if (!goes_round(&s, expression, &round, why)) fail_msg("%d: %s", i, why);
        assert_int_equal(round.first.size, round.second.size);
        assert_memory_equal(round.first.data, round.second.data, round.first.size);
        struct text json = {0};
        char inner[64];
        assert_true(value_to_json(&json, round.first.data, round.first.size));
        snprintf(inner, sizeof inner, "\"k7\":{\"m%d_7\":[7],\"n%d_7\":7}", i, i);
        assert_non_null(strstr(text_string(&json), inner));
        text_free(&json);
        round_close(&round);
    }
    scenario_close(&s);
}

static void equal_tables_have_equal_bytes_however_they_were_made(void **state) {
    (void)state;
    static const char *const same[] = {
        "{b = 2, a = 1, c = 3}", "{c = 3, b = 2, a = 1}",
        "(function() local t = {} t.c = 3 t.a = 1 t.x = 9 t.b = 2 t.x = nil return t end)()",
        "(function() local t = {} for i = 1, 50 do t['k' .. i] = i end for i = 1, 50 do t['k' .. "
        "i] = nil end\n"
        " t.a = 1 t.c = 3 t.b = 2 return t end)()"};
    struct scenario s = {0};
    struct round first;
    scenario_open(&s, "");
    assert_true(goes_round(&s, same[0], &first, NULL));
    for (int again = 0; again < 3; again++)
        for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
            struct round other;
            assert_true(goes_round(&s, same[i], &other, NULL));
            assert_int_equal(first.first.size, other.first.size);
            assert_memory_equal(first.first.data, other.first.data, first.first.size);
            round_close(&other);
        }
    round_close(&first);
    scenario_close(&s);
}

static void the_bytes_are_those_of_base_value(void **state) {
    (void)state;
    struct scenario s = {0};
    struct round round;
    struct writer w = writer_growing();
    put_value_map(&w, 3);
    put_value_integer(&w, 2);
    put_value_bool(&w, true);
    put_value_string(&w, "a", 1);
    put_value_list(&w, 2);
    put_value_integer(&w, -7);
    put_value_number(&w, 0.5);
    put_value_string(&w, "b", 1);
    put_value_string(&w, "text", 4);
    scenario_open(&s, "");
    assert_true(goes_round(&s, "{b = 'text', a = {-7, 0.5}, [2] = true}", &round, NULL));
    assert_int_equal(round.first.size, w.size);
    assert_memory_equal(round.first.data, w.data, w.size);
    round_close(&round);
    writer_free(&w);
    scenario_close(&s);
}

static void what_cannot_travel_is_refused(void **state) {
    (void)state;
    static const char *const values[][2] = {
        {"print", "a function"},
        {"{x = print}", "a function"},
        {"{[1.5] = 1}", "1.5"},
        {"{[true] = 1}", "true"},
        {"coroutine.create(print)", "a thread"},
        {"(function() local t = {} t.t = t return t end)()", "nested deeper"}};
    struct scenario s = {0};
    scenario_open(&s, "");
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        struct round round;
        char why[300] = "";
        assert_false(goes_round(&s, values[i][0], &round, why));
        if (!strstr(why, values[i][1])) fail_msg("%s: %s", values[i][0], why);
        round_close(&round);
    }
    scenario_close(&s);
}

static int decode_any(lua_State *L) {
    const struct sim_bytes *bytes = lua_touserdata(L, 1);
    message_decode(L, *bytes);
    return 0;
}

static void hostile_bytes_are_no_value_and_no_crash(void **state) {
    (void)state;
    struct scenario s = {0};
    struct round round;
    scenario_open(&s, "");
    assert_true(goes_round(&s, "{a = 1, b = {1, 2, {x = 'y'}}, c = 'text', [3] = 1.5, d = {}}",
                           &round, NULL));
    struct random random = {random_key(1, 2), 0};
    lua_State *L = s.script->lua;
    for (int i = 0; i < 20000; i++) {
        uint8_t bytes[256];
        size_t size = round.first.size;
        memcpy(bytes, round.first.data, size);
        for (int64_t k = draw_below(&random, 4); k >= 0; k--) {
            const int64_t at = draw_below(&random, (int64_t)size);
            bytes[at] = (uint8_t)draw_below(&random, 256);
        }
        if (draw_below(&random, 4) == 0) size = (size_t)draw_below(&random, (int64_t)size + 1);
        const struct sim_bytes hostile = {bytes, size};
        struct sandbox_error error;
        lua_settop(L, 0);
        lua_pushcfunction(L, decode_any);
        lua_pushlightuserdata(L, (void *)(uintptr_t)&hostile);
        assert_int_equal(sandbox_call(s.script->sandbox, L, 1, 0, &error), SANDBOX_OK);
    }
    round_close(&round);
    scenario_close(&s);
}

static void a_typo_in_the_field_of_a_layout_is_an_error(void **state) {
    (void)state;
    struct scenario s = {0};
    scenario_open(
        &s, "sim.model('voter', function()\n"
            "  local voter = { messages = { { 'vote', { 'term', 'index' } } } }\n"
            "  function voter.on_vote(node, from, vote)\n"
            "    node.votes = (node.votes or 0) + 1\n"
            "    local again = { term = vote.term + 1, index = 0 }\n"
            "    if node.votes == 5 then again.indx = 1 end\n"
            "    node:send(node.id, 'vote', again)\n"
            "  end\n"
            "  function voter.start(node) node:send(node.id, 'vote', { term = 1, index = 0 }) end\n"
            "  return voter\n"
            "end)\n"
            "sim.run_for '1s'\n"
            "sim.node('a', 'voter')\n");
    scenario_run(&s);
    bool limit;
    const char *why = script_error(s.script, &limit);
    assert_non_null(why);
    if (!strstr(why, "no field \"indx\"; did you mean \"index\"?")) fail_msg("%s", why);
    scenario_close(&s);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_come_back_as_they_went),
        cmocka_unit_test(equal_tables_have_equal_bytes_however_they_were_made),
        cmocka_unit_test(what_is_inside_does_not_disturb_what_is_around),
        cmocka_unit_test(the_bytes_are_those_of_base_value),
        cmocka_unit_test(what_cannot_travel_is_refused),
        cmocka_unit_test(hostile_bytes_are_no_value_and_no_crash),
        cmocka_unit_test(a_typo_in_the_field_of_a_layout_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
