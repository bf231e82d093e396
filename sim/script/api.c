/*
 * The `sim` table: assembled from the api_*.c files, one topic each, and sealed.
 *
 * Sealed means: what is not there is an error that names the nearest name, and nothing can be
 * changed. The scenario's `sim` acts on the world; the code of a node sees a smaller one, of pure
 * values alone (units, distributions), because a node knows nothing that its events do not tell it.
 */
#include <string.h>

#include "script/internal.h"

void api_functions(lua_State *L, const luaL_Reg *functions) {
    for (; functions->name; functions++) {
        /* With an upvalue: a bare C function would be hashed by its address if it were a key. */
        lua_pushnil(L);
        lua_pushcclosure(L, functions->func, 1);
        lua_setfield(L, -2, functions->name);
    }
}

/* Upvalues: a table that has the names as keys, and what it is called. A name that is there has no
 * value now: nil. */
static int unknown_name(lua_State *L) {
    lua_pushvalue(L, 2);
    if (!lua_isnil(L, 2) && lua_rawget(L, lua_upvalueindex(1)) != LUA_TNIL) {
        lua_pushnil(L);
        return 1;
    }
    const char *names[256];
    size_t count = 0;
    const char *found = lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : shown(L, 2);
    for (lua_pushnil(L); lua_next(L, lua_upvalueindex(1)) && count < 256; lua_pop(L, 1))
        if (lua_type(L, -2) == LUA_TSTRING) names[count++] = lua_tostring(L, -2);
    for (size_t i = 1; i < count; i++) /* by bytes, not in the order of a hash */
        for (size_t j = i; j > 0 && strcmp(names[j - 1], names[j]) > 0; j--) {
            const char *swap = names[j];
            names[j] = names[j - 1];
            names[j - 1] = swap;
        }
    raise_unknown(L, lua_tostring(L, lua_upvalueindex(2)), "field or function", found, names,
                  count);
}

static void push_unknown_name(lua_State *L, int table, const char *name) {
    lua_pushvalue(L, table);
    lua_pushstring(L, name);
    lua_pushcclosure(L, unknown_name, 2);
}

void api_seal(lua_State *L, const char *name) {
    lua_pushvalue(L, -1);
    api_seal_names(L, name);
}

void api_seal_names(lua_State *L, const char *name) {
    const int table = lua_gettop(L) - 1;
    lua_createtable(L, 0, 2);
    push_unknown_name(L, table + 1, name);
    lua_setfield(L, -2, "__index");
    lua_pushboolean(L, false);
    lua_setfield(L, -2, "__metatable");
    lua_setmetatable(L, table);
    lua_settop(L, table);
    sandbox_freeze(L, name);
}

void api_class(lua_State *L, const char *name, const luaL_Reg *methods) {
    luaL_newmetatable(L, name);
    const int class = lua_gettop(L);
    lua_newtable(L);
    if (methods) api_functions(L, methods);
    lua_createtable(L, 0, 1);
    push_unknown_name(L, class + 1, name);
    lua_setfield(L, -2, "__index");
    lua_setmetatable(L, class + 1);
    lua_setfield(L, class, "__index");
    lua_pushstring(L, name);
    lua_setfield(L, class, "__name");
    lua_pushboolean(L, false);
    lua_setfield(L, class, "__metatable");
}

void acting(lua_State *L, const char *what) {
    const struct script *script = script_of(L);
    sandbox_charge(L, 100);
    if (script->observer)
        raise(L,
              "%s acts on the world, and %s may only look; act in sim.at, sim.every, sim.when or "
              "sim.spawn",
              what, script->observer);
    if (!script->world) raise(L, "%s: there is no world", what);
}

/* print comes with the environment; sim.print puts the time in front. */
static int print_with_time(lua_State *L) {
    const int count = lua_gettop(L);
    lua_rawgeti(L, LUA_REGISTRYINDEX, script_of(L)->environment);
    lua_getfield(L, -1, "print");
    lua_replace(L, -2);
    lua_insert(L, 1);
    struct text time = {0};
    text_add_char(&time, '[');
    text_add_ns(&time, world_now(script_of(L)->world));
    text_add_char(&time, ']');
    char copy[64];
    const size_t size = time.size < sizeof copy ? time.size : sizeof copy;
    memcpy(copy, time.data, size);
    text_free(&time);
    lua_pushlstring(L, copy, size);
    lua_insert(L, 2);
    lua_call(L, count + 1, 0);
    return 0;
}

void api_open(lua_State *L) {
    lua_newtable(L);
    api_values(L);
    api_params(L);
    api_handle(L);
    api_build(L);
    api_link(L);
    api_workload(L);
    api_time(L);
    api_task(L);
    api_fault(L);
    api_chaos(L);
    api_check(L);
    api_lab(L);
    api_observe(L);
    api_rng(L);
    api_functions(L, (const luaL_Reg[]){{"print", print_with_time}, {NULL, NULL}});
    api_seal(L, "sim");
}

void api_open_for_nodes(lua_State *L) {
    lua_newtable(L);
    api_pure_values(L);
    api_seal(L, "sim");
}
