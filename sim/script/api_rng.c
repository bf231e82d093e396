/*
 * Randomness of the scenario: named streams. sim.rng("name") draws from a stream of its own, so
 * that drawing once more from it moves nobody else's numbers; the same name is the same stream,
 * going on.
 */
#include "base/random.h"
#include "script/internal.h"

static const char class_rng[] = "rng";

static struct random *self(lua_State *L) {
    struct random *random = luaL_testudata(L, 1, class_rng);
    if (!random)
        raise(
            L,
            "found %s where the generator should be; call its methods with a colon: rng:int(1, 6)",
            shown(L, 1));
    return random;
}

static int sim_rng(lua_State *L) {
    const char *name = to_string(L, 1, "sim.rng: the name");
    acting(L, "sim.rng");
    push_registry_table(L, TABLE_STREAMS);
    if (lua_getfield(L, -1, name) == LUA_TUSERDATA) return 1;
    lua_pop(L, 1);
    struct random *random = lua_newuserdatauv(L, sizeof *random, 0);
    *random = (struct random){world_stream(script_of(L)->world, "scenario", name), 0};
    luaL_setmetatable(L, class_rng);
    lua_pushvalue(L, -1);
    lua_setfield(L, -3, name);
    return 1;
}

static int rng_int(lua_State *L) {
    struct random *random = self(L);
    const int64_t low = to_integer(L, 2, "rng:int: low"), high = to_integer(L, 3, "rng:int: high");
    int64_t span;
    if (low > high || __builtin_sub_overflow(high, low, &span) || span == INT64_MAX)
        raise(L, "rng:int: found %lld and %lld; expected low <= high", (long long)low,
              (long long)high);
    lua_pushinteger(L, low + draw_below(random, span + 1));
    return 1;
}

static int rng_chance(lua_State *L) {
    struct random *random = self(L);
    lua_pushboolean(L, draw_chance(random, to_quantity(L, 2, QUANTITY_RATIO, "rng:chance")));
    return 1;
}

static int rng_number(lua_State *L) {
    lua_pushnumber(L, (double)(draw(self(L)) >> 11) * 0x1p-53);
    return 1;
}

static int rng_pick(lua_State *L) {
    struct random *random = self(L);
    if (!lua_istable(L, 2) || lua_rawlen(L, 2) == 0)
        raise(L, "rng:pick: found %s; expected a list that is not empty", shown(L, 2));
    lua_rawgeti(L, 2, draw_below(random, (int64_t)lua_rawlen(L, 2)) + 1);
    return 1;
}

static int rng_shuffle(lua_State *L) { /* a new list: Fisher and Yates */
    struct random *random = self(L);
    if (!lua_istable(L, 2)) raise(L, "rng:shuffle: found %s; expected a list", shown(L, 2));
    const lua_Integer count = (lua_Integer)lua_rawlen(L, 2);
    sandbox_charge(L, count * 4);
    lua_createtable(L, (int)count, 0);
    for (lua_Integer i = 1; i <= count; i++) {
        const lua_Integer j = draw_below(random, i) + 1;
        if (j < i) {
            lua_rawgeti(L, -1, j);
            lua_rawseti(L, -2, i);
        }
        lua_rawgeti(L, 2, i);
        lua_rawseti(L, -2, j);
    }
    return 1;
}

static int rng_sample(lua_State *L) {
    struct random *random = self(L);
    const struct distribution distribution = to_distribution(L, 2, "rng:sample");
    lua_pushinteger(L, distribution_sample(&distribution, random));
    return 1;
}

void api_rng(lua_State *L) {
    api_class(L, class_rng,
              (const luaL_Reg[]){{"int", rng_int},
                                 {"chance", rng_chance},
                                 {"number", rng_number},
                                 {"pick", rng_pick},
                                 {"shuffle", rng_shuffle},
                                 {"sample", rng_sample},
                                 {NULL, NULL}});
    lua_pop(L, 1);
    api_functions(L, (const luaL_Reg[]){{"rng", sim_rng}, {NULL, NULL}});
}
