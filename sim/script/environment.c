/*
 * Environments and frozen tables.
 *
 * All functions live in tables that no script ever holds: it holds empty proxies whose metatable
 * reads from the hidden table and refuses writes. The proxy's metatable is hidden too
 * (__metatable), and the functions that write raw (rawset, table.sort, ...) ask
 * sandbox_check_writable. An environment is an empty table over the hidden table of globals: making
 * one costs a table, two closures (load and require know their environment) and three fields.
 */
#include "sandbox_internal.h"

static const char frozen_mark[] = "\1frozen";
static const char environment_metatable[] = "sandbox.environment";
static const char globals[] = "sandbox.globals";

void push_function(lua_State *L, lua_CFunction function) {
    lua_pushnil(L);
    lua_pushcclosure(L, function, 1);
}

void set_functions(lua_State *L, const luaL_Reg *functions) {
    for (; functions->name != NULL; functions++) {
        push_function(L, functions->func);
        lua_setfield(L, -2, functions->name);
    }
}

static int refused(lua_State *L) {
    return luaL_error(L, "%s", lua_tostring(L, lua_upvalueindex(1)));
}

void set_refused(lua_State *L, const char *name, const char *text) {
    lua_pushstring(L, text);
    lua_pushcclosure(L, refused, 1);
    lua_setfield(L, -2, name);
}

static int refuse_write(lua_State *L) {
    const char *name = lua_tostring(L, lua_upvalueindex(1));
    if (lua_type(L, 2) == LUA_TSTRING) {
        return luaL_error(L, "'%s' is read-only: cannot set '%s'; use a table of your own", name,
                          lua_tostring(L, 2));
    }
    return luaL_error(L, "'%s' is read-only; use a table of your own", name);
}

static int frozen_length(lua_State *L) {
    lua_pushinteger(L, luaL_len(L, lua_upvalueindex(1)));
    return 1;
}

/* pairs asks __pairs; upvalues: the hidden table and pairs itself. */
static int frozen_pairs(lua_State *L) {
    lua_pushvalue(L, lua_upvalueindex(2));
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_call(L, 1, 3);
    lua_pushvalue(L, 1);
    lua_replace(L, -3);
    return 3;
}

void sandbox_freeze(lua_State *L, const char *name) {
    int hidden = lua_gettop(L);
    luaL_checkstack(L, 8, NULL);
    lua_newtable(L);
    lua_createtable(L, 0, 8);
    lua_pushvalue(L, hidden);
    lua_setfield(L, -2, "__index");
    lua_pushstring(L, name);
    lua_pushcclosure(L, refuse_write, 1);
    lua_setfield(L, -2, "__newindex");
    lua_pushvalue(L, hidden);
    lua_pushcclosure(L, frozen_length, 1);
    lua_setfield(L, -2, "__len");
    lua_pushvalue(L, hidden);
    lua_getfield(L, LUA_REGISTRYINDEX, globals);
    lua_getfield(L, -1, "pairs");
    lua_remove(L, -2);
    lua_pushcclosure(L, frozen_pairs, 2);
    lua_setfield(L, -2, "__pairs");
    lua_pushstring(L, name);
    lua_setfield(L, -2, frozen_mark);
    lua_pushliteral(L, "read-only");
    lua_setfield(L, -2, "__metatable");
    lua_setmetatable(L, -2);
    lua_replace(L, hidden);
}

bool sandbox_is_frozen(lua_State *L, int index) {
    if (!lua_getmetatable(L, index)) { return false; }
    lua_pushstring(L, frozen_mark);
    bool frozen = lua_rawget(L, -2) != LUA_TNIL;
    lua_pop(L, 2);
    return frozen;
}

void sandbox_check_writable(lua_State *L, int index) {
    if (sandbox_is_frozen(L, index)) {
        luaL_error(L, "this table is read-only; use a table of your own");
    }
}

void sandbox_environment(lua_State *L) {
    luaL_checkstack(L, 8, NULL);
    lua_createtable(L, 0, 8);
    lua_pushvalue(L, -1);
    lua_setfield(L, -2, "_G");
    lib_load_environment(L, lua_gettop(L));
    lua_getfield(L, LUA_REGISTRYINDEX, environment_metatable);
    lua_setmetatable(L, -2);
}

void sandbox_set_global(lua_State *L, const char *name) {
    lua_getfield(L, LUA_REGISTRYINDEX, globals);
    lua_insert(L, -2);
    lua_setfield(L, -2, name);
    lua_pop(L, 1);
}

/* A name that is refused altogether: any use of its fields is an error that says what to use. */
static int refuse_use(lua_State *L) {
    return luaL_error(L, "'%s' is not available in a simulation: %s",
                      lua_tostring(L, lua_upvalueindex(1)), lua_tostring(L, lua_upvalueindex(2)));
}

static void refuse_library(lua_State *L, const char *name, const char *advice) {
    lua_newtable(L);
    lua_createtable(L, 0, 8);
    static const char *const events[] = {"__index", "__newindex", "__call", "__pairs"};
    for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++) {
        lua_pushstring(L, name);
        lua_pushstring(L, advice);
        lua_pushcclosure(L, refuse_use, 2);
        lua_setfield(L, -2, events[i]);
    }
    lua_pushstring(L, name);
    lua_setfield(L, -2, frozen_mark);
    lua_pushliteral(L, "read-only");
    lua_setfield(L, -2, "__metatable");
    lua_setmetatable(L, -2);
    sandbox_set_global(L, name);
}

typedef void (*library_opener)(lua_State *L);

static void open_library(lua_State *L, const char *name, const library_opener *openers) {
    lua_newtable(L);
    for (; *openers != NULL; openers++) { (*openers)(L); }
    /* Messages about bad arguments look functions up there. */
    luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
    lua_pushvalue(L, -2);
    lua_setfield(L, -2, name);
    lua_pop(L, 1);
    sandbox_freeze(L, name);
    sandbox_set_global(L, name);
}

void environment_open(lua_State *L) {
    lua_newtable(L);
    lua_pushvalue(L, -1);
    lua_setfield(L, LUA_REGISTRYINDEX, globals);
    lib_base_open(L);
    lib_protect_open(L);
    lib_iterate_open(L);

    lua_createtable(L, 0, 2);
    lua_pushvalue(L, -2);
    lua_setfield(L, -2, "__index");
    lua_pushliteral(L, "environment");
    lua_setfield(L, -2, "__metatable");
    lua_setfield(L, LUA_REGISTRYINDEX, environment_metatable);
    luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
    lua_insert(L, -2);
    lua_setfield(L, -2, LUA_GNAME);
    lua_pop(L, 1);

    open_library(L, "string",
                 (library_opener[]){lib_string_open, lib_format_open, lib_pattern_open,
                                    lib_pack_open, NULL});
    open_library(L, "table", (library_opener[]){lib_table_open, lib_sort_open, NULL});
    open_library(L, "math", (library_opener[]){lib_math_open, NULL});
    open_library(L, "coroutine", (library_opener[]){lib_coroutine_open, NULL});
    open_library(L, "utf8", (library_opener[]){lib_utf8_open, NULL});

    refuse_library(L, "os", "the only clocks are the event's, the only files are on its disk");
    refuse_library(L, "io", "use print for output and the node's disk for files");
    refuse_library(L, "debug", "errors carry a traceback already");
    refuse_library(L, "package", "use require with a module's name");
}
