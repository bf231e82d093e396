/*
 * pcall and xpcall, which a limit passes through.
 *
 * An error that ends the sandbox is raised again at once; xpcall's handler never sees it, so that
 * no code of the script runs after a limit. An overflow of Lua's stack counts as a limit (depth):
 * what a script does that deep is where Lua's published bugs are.
 */
#include "sandbox_internal.h"

static int finish_protected(lua_State *L, int status, lua_KContext extra) {
    if (status != LUA_OK && status != LUA_YIELD) {
        if (sandbox_caught_limit(L, status, -1)) { return sandbox_raise_limit(L); }
        sandbox_charge(L, 100); /* unwinding */
        lua_pushboolean(L, 0);
        lua_insert(L, -2);
        return 2;
    }
    if (sandbox_get(L)->limit != SANDBOX_OK) { return sandbox_raise_limit(L); }
    return lua_gettop(L) - (int)extra;
}

static int base_pcall(lua_State *L) {
    luaL_checkany(L, 1);
    lua_pushboolean(L, 1);
    lua_insert(L, 1);
    int status = lua_pcallk(L, lua_gettop(L) - 2, LUA_MULTRET, 0, 0, finish_protected);
    return finish_protected(L, status, 0);
}

/* Stands before the script's handler (its upvalue). */
static int guarded_handler(lua_State *L) {
    if (sandbox_caught_limit(L, LUA_ERRRUN, 1)) { return 1; }
    lua_settop(L, 1);
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_insert(L, 1);
    lua_call(L, 1, 1);
    return 1;
}

static int base_xpcall(lua_State *L) {
    int count = lua_gettop(L);
    luaL_checktype(L, 2, LUA_TFUNCTION);
    lua_pushvalue(L, 2);
    lua_pushcclosure(L, guarded_handler, 1);
    lua_replace(L, 2);
    lua_pushboolean(L, 1);
    lua_pushvalue(L, 1);
    lua_rotate(L, 3, 2);
    int status = lua_pcallk(L, count - 2, LUA_MULTRET, 2, 2, finish_protected);
    return finish_protected(L, status, 2);
}

void lib_protect_open(lua_State *L) {
    static const luaL_Reg functions[] = {
        {"pcall", base_pcall},
        {"xpcall", base_xpcall},
        {NULL, NULL},
    };
    set_functions(L, functions);
}
