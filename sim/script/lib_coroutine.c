/*
 * Coroutines. New threads inherit the count hook from their maker, so an endless loop in one is
 * counted like any other; errors that are limits pass through resume, wrap and close.
 *
 * Closing a coroutine runs its __close handlers on a C stack that Lua 5.4.4 does not count, so its
 * nesting has a bound of our own.
 */
#include "sandbox_internal.h"

static lua_State *check_coroutine(lua_State *L) {
    lua_State *coroutine = lua_tothread(L, 1);
    luaL_argexpected(L, coroutine, 1, "coroutine");
    return coroutine;
}

/* Resumes, with the arguments on top of L. The number of results on top of L; -1: one error value.
 */
static int resume(lua_State *L, lua_State *coroutine, int arguments) {
    struct sandbox *sandbox = sandbox_get(L);
    int results = 0;
    if (!lua_checkstack(coroutine, arguments)) {
        lua_pushliteral(L, "too many arguments to resume");
        return -1;
    }
    lua_xmove(L, coroutine, arguments);
    lua_State *running = sandbox->running;
    int close_depth = sandbox->close_depth;
    sandbox->running = coroutine;
    int status = lua_resume(coroutine, L, arguments, &results);
    sandbox->running = running;
    sandbox->close_depth = close_depth;
    if (sandbox->limit != SANDBOX_OK) { return sandbox_raise_limit(L); }
    if (status == LUA_OK || status == LUA_YIELD) {
        if (!lua_checkstack(L, results + 1)) {
            lua_pop(coroutine, results);
            lua_pushliteral(L, "too many results to resume");
            return -1;
        }
        lua_xmove(coroutine, L, results);
        return results;
    }
    if (sandbox_caught_limit(coroutine, status, -1)) { return sandbox_raise_limit(L); }
    lua_xmove(coroutine, L, 1);
    return -1;
}

static int close_thread(lua_State *L, lua_State *coroutine) {
    struct sandbox *sandbox = sandbox_get(L);
    if (sandbox->close_depth >= SANDBOX_CLOSE_DEPTH_MAX) {
        sandbox_stop(sandbox, L, SANDBOX_LIMIT_DEPTH);
        (void)sandbox_raise_limit(L);
    }
    lua_State *running = sandbox->running;
    int close_depth = sandbox->close_depth++;
    sandbox->running = coroutine;
    int status = lua_resetthread(coroutine);
    sandbox->running = running;
    sandbox->close_depth = close_depth;
    if (sandbox->limit != SANDBOX_OK ||
        (status != LUA_OK && sandbox_caught_limit(coroutine, status, -1))) {
        (void)sandbox_raise_limit(L);
    }
    return status;
}

static int co_create(lua_State *L) {
    luaL_checktype(L, 1, LUA_TFUNCTION);
    lua_State *coroutine = lua_newthread(L);
    /* A count of its own from the start, whatever the maker's stood at. */
    lua_sethook(coroutine, sandbox_count_hook, LUA_MASKCOUNT, SANDBOX_TICK);
    lua_pushvalue(L, 1);
    lua_xmove(L, coroutine, 1);
    return 1;
}

static int co_resume(lua_State *L) {
    lua_State *coroutine = check_coroutine(L);
    int results = resume(L, coroutine, lua_gettop(L) - 1);
    lua_pushboolean(L, results >= 0);
    results = results < 0 ? 1 : results;
    lua_insert(L, -(results + 1));
    return results + 1;
}

static int wrapped(lua_State *L) {
    lua_State *coroutine = lua_tothread(L, lua_upvalueindex(1));
    int results = resume(L, coroutine, lua_gettop(L));
    if (results >= 0) { return results; }
    int status = lua_status(coroutine);
    if (status != LUA_OK && status != LUA_YIELD) {
        if (close_thread(L, coroutine) != LUA_OK) { lua_xmove(coroutine, L, 1); }
    }
    if (lua_type(L, -1) == LUA_TSTRING) {
        luaL_where(L, 1);
        lua_insert(L, -2);
        lua_concat(L, 2);
    }
    return lua_error(L);
}

static int co_wrap(lua_State *L) {
    co_create(L);
    lua_pushcclosure(L, wrapped, 1);
    return 1;
}

static int co_yield (lua_State *L) { return lua_yield(L, lua_gettop(L)); }

static const char *status_of(lua_State *L, lua_State *coroutine) {
    lua_Debug record;
    if (L == coroutine) { return "running"; }
    switch (lua_status(coroutine)) {
    case LUA_YIELD: return "suspended";
    case LUA_OK:
        if (lua_getstack(coroutine, 0, &record)) { return "normal"; }
        return lua_gettop(coroutine) == 0 ? "dead" : "suspended";
    default: return "dead";
    }
}

static int co_status(lua_State *L) {
    lua_pushstring(L, status_of(L, check_coroutine(L)));
    return 1;
}

static int co_running(lua_State *L) {
    int is_main = lua_pushthread(L);
    lua_pushboolean(L, is_main);
    return 2;
}

static int co_isyieldable(lua_State *L) {
    lua_State *coroutine = lua_isnoneornil(L, 1) ? L : check_coroutine(L);
    lua_pushboolean(L, lua_isyieldable(coroutine));
    return 1;
}

static int co_close(lua_State *L) {
    lua_State *coroutine = check_coroutine(L);
    const char *status = status_of(L, coroutine);
    if (*status != 'd' && *status != 's') {
        return luaL_error(L, "cannot close a %s coroutine", status);
    }
    if (close_thread(L, coroutine) == LUA_OK) {
        lua_pushboolean(L, 1);
        return 1;
    }
    lua_pushboolean(L, 0);
    lua_xmove(coroutine, L, 1);
    return 2;
}

void lib_coroutine_open(lua_State *L) {
    static const luaL_Reg functions[] = {
        {"create", co_create},
        {"resume", co_resume},
        {"running", co_running},
        {"status", co_status},
        {"wrap", co_wrap},
        {"yield", co_yield },
        {"close", co_close},
        {"isyieldable", co_isyieldable},
        {NULL, NULL},
    };
    set_functions(L, functions);
}
