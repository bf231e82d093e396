/*
 * Workloads: a node of the model `client`, whose knobs are the options of sim.workload. A few
 * options are words for several knobs: target(s), a mix as a table of shares, value for
 * value_bytes.
 */
#include <string.h>

#include "script/internal.h"

static void move_field(lua_State *L, int table, const char *from, const char *to) {
    lua_getfield(L, table, from);
    if (!lua_isnil(L, -1)) {
        lua_setfield(L, table, to);
        lua_pushnil(L);
        lua_setfield(L, table, from);
    } else {
        lua_pop(L, 1);
    }
}

/* targets = { a, b }: the first is the target, the others are tried when it is down. */
static void spread_targets(lua_State *L, int table) {
    move_field(L, table, "targets", "target");
    if (lua_getfield(L, table, "target") != LUA_TTABLE) {
        if (lua_isnil(L, -1))
            raise(
                L,
                "sim.workload: found no target; expected target = a node, or targets = { nodes }");
        lua_pop(L, 1);
        return;
    }
    const size_t count = lua_rawlen(L, -1);
    if (count == 0) raise(L, "sim.workload: target: found an empty list; expected nodes");
    lua_createtable(L, (int)count, 0);
    for (size_t i = 2; i <= count; i++) {
        lua_rawgeti(L, -2, (lua_Integer)i);
        lua_rawseti(L, -2, (lua_Integer)i - 1);
    }
    if (count > 1)
        lua_setfield(L, table, "others");
    else
        lua_pop(L, 1);
    lua_rawgeti(L, -1, 1);
    lua_setfield(L, table, "target");
    lua_pop(L, 1);
}

/* mix = { read = 0.9, update = 0.1 }: a custom mix; what is not named has no share. */
static void spread_mix(lua_State *L, int table) {
    static const char *const shares[] = {"read", "update", "insert", "scan", "read_modify_write"};
    if (lua_getfield(L, table, "mix") != LUA_TTABLE) {
        lua_pop(L, 1);
        return;
    }
    struct options options;
    options_open(&options, L, -1, "sim.workload: mix");
    int64_t sum = 0;
    for (size_t i = 0; i < sizeof shares / sizeof *shares; i++) {
        int64_t share = 0;
        options_quantity(&options, shares[i], QUANTITY_RATIO, &share);
        sum += share;
        lua_pushnumber(L, (double)share / 1e9);
        lua_setfield(L, table, shares[i]);
    }
    options_close(&options);
    if (sum / 1000 != 1000000) {
        lua_pushnumber(L, (double)sum / 1e9);
        raise(L, "sim.workload: mix: found shares that add up to %s; expected 1",
              sandbox_tostring(L, -1, NULL));
    }
    lua_pushliteral(L, "custom");
    lua_setfield(L, table, "mix");
    lua_pop(L, 1);
}

/* start and stop are times of the run: its node is powered on at the first, and the knob `stop`
 * counts from there. */
static void spread_times(lua_State *L, int table) {
    struct options options;
    int64_t start = 0, stop = 0;
    options_open(&options, L, table, "sim.workload");
    if (!options_duration(&options, "start", &start) || !options_duration(&options, "stop", &stop))
        return;
    if (stop <= start)
        raise(L, "sim.workload: stop: found a time before start; expected a later one");
    lua_pushinteger(L, stop - start);
    lua_setfield(L, table, "stop");
}

static int sim_workload(lua_State *L) {
    acting(L, "sim.workload");
    struct script *script = script_of(L);
    struct options options;
    options_open(&options, L, 1, "sim.workload");
    if (!options.index)
        raise(L, "sim.workload: found nothing; expected sim.workload { target = ... }");
    lua_settop(L, 1);
    lua_newtable(L); /* a copy, so that the script's own table stays as it is */
    for (lua_pushnil(L); lua_next(L, 1);) {
        lua_pushvalue(L, -2);
        lua_insert(L, -2);
        lua_rawset(L, 2);
    }
    spread_targets(L, 2);
    spread_mix(L, 2);
    spread_times(L, 2);
    move_field(L, 2, "value", "value_bytes");
    lua_pushliteral(L, "client");
    const struct sim_model *model = find_model(L, -1, "sim.workload");
    options_open(&options, L, 2, "sim.workload");
    const char *name = NULL;
    if (!options_string(&options, "name", &name)) {
        name = "app";
        for (int i = 2; world_node_find(script->world, name) != SIM_NOBODY; i++)
            name = lua_pushfstring(L, "app%d", i);
    }
    push_node(L, build_node(L, name, model, &options));
    return 1;
}

void api_workload(lua_State *L) {
    api_functions(L, (const luaL_Reg[]){{"workload", sim_workload}, {NULL, NULL}});
}
