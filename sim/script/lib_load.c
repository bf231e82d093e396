/*
 * load and require, which know the environment that they were made for.
 *
 * load takes text only and gives the chunk the environment of its caller's load, unless told
 * another. require asks the host for a module's text, runs it once in the environment, and keeps
 * what it returned: each environment has instances of its own, so modules hide nothing between
 * them.
 */
#include "sandbox_internal.h"

#include "builder.h"

#include <string.h>

enum { LOAD_ENVIRONMENT = 1, REQUIRE_LOADED = 2, REQUIRE_LOADING = 3 };

void load_text(lua_State *L, const char *source, size_t size, const char *name, int environment) {
    environment = lua_absindex(L, environment);
    struct sandbox *sandbox = sandbox_get(L);
    sandbox_charge(L, 300 + 2 * (int64_t)size);
    sandbox->parsing = true;
    int status = luaL_loadbufferx(L, source, size, name, "t");
    sandbox->parsing = false;
    if (status == LUA_ERRMEM || sandbox->limit != SANDBOX_OK) {
        (void)sandbox_caught_limit(L, status, -1);
        (void)sandbox_raise_limit(L);
    }
    if (status == LUA_OK) {
        lua_pushvalue(L, environment);
        (void)lua_setupvalue(L, -2, 1);
    }
}

/* Joins the pieces that a reader function returns; leaves the text on the stack. */
static void read_pieces(lua_State *L, int reader) {
    struct builder text;
    builder_open(&text, L);
    for (;;) {
        luaL_checkstack(L, 3, "too many nested functions");
        lua_pushvalue(L, reader);
        lua_call(L, 0, 1);
        if (lua_isnil(L, -1)) { break; }
        if (lua_type(L, -1) != LUA_TSTRING) {
            luaL_error(L, "reader function must return a string");
        }
        if (lua_rawlen(L, -1) == 0) { break; }
        builder_add_value(&text);
    }
    builder_push(&text);
}

static int base_load(lua_State *L) {
    const char *mode = luaL_optstring(L, 3, "t");
    bool own_environment = lua_type(L, 4) == LUA_TNONE;
    lua_settop(L, 4);
    if (own_environment) {
        lua_pushvalue(L, lua_upvalueindex(LOAD_ENVIRONMENT));
        lua_replace(L, 4);
    }
    if (lua_type(L, 1) == LUA_TFUNCTION) {
        read_pieces(L, 1);
    } else {
        luaL_checktype(L, 1, LUA_TSTRING);
        lua_pushvalue(L, 1);
    }
    size_t size;
    const char *source = lua_tolstring(L, -1, &size);
    const char *name = luaL_optstring(L, 2, lua_type(L, 1) == LUA_TSTRING ? source : "=(load)");
    if (strchr(mode, 't') == NULL) {
        lua_pushnil(L);
        lua_pushliteral(L, "load takes text only: binary chunks are not available");
        return 2;
    }
    load_text(L, source, size, name, 4);
    if (lua_type(L, -1) == LUA_TFUNCTION) { return 1; }
    lua_pushnil(L);
    lua_insert(L, -2);
    return 2;
}

/* Raises the error that shows the cycle; the list of names being loaded is at index loading. */
static int raise_cycle(lua_State *L, const char *name, int loading) {
    struct builder text;
    builder_open(&text, L);
    bool inside = false;
    lua_Integer count = (lua_Integer)lua_rawlen(L, loading);
    for (lua_Integer i = 1; i <= count; i++) {
        lua_rawgeti(L, loading, i);
        inside = inside || strcmp(lua_tostring(L, -1), name) == 0;
        if (inside) {
            builder_add_value(&text);
            builder_add(&text, " -> ", 4);
        } else {
            lua_pop(L, 1);
        }
    }
    builder_add(&text, name, strlen(name));
    builder_push(&text);
    return luaL_error(L, "modules require each other in a circle: %s", lua_tostring(L, -1));
}

static bool is_loading(lua_State *L, const char *name, int loading) {
    lua_Integer count = (lua_Integer)lua_rawlen(L, loading);
    bool found = false;
    for (lua_Integer i = 1; i <= count && !found; i++) {
        lua_rawgeti(L, loading, i);
        found = strcmp(lua_tostring(L, -1), name) == 0;
        lua_pop(L, 1);
    }
    return found;
}

static void find_module(lua_State *L, const char *name, struct sandbox_module *module) {
    const struct sandbox_options *options = &sandbox_get(L)->options;
    if (options->load_module == NULL || !options->load_module(options->context, name, module)) {
        luaL_error(L, "module '%s' not found%s%s", name, module->searched != NULL ? ":\n" : "",
                   module->searched != NULL ? module->searched : "");
    }
}

static int base_require(lua_State *L) {
    const char *name = luaL_checkstring(L, 1);
    const int loaded = lua_upvalueindex(REQUIRE_LOADED);
    const int loading = lua_upvalueindex(REQUIRE_LOADING);
    lua_settop(L, 1);
    if (lua_getfield(L, loaded, name) != LUA_TNIL) { return 1; }
    lua_pushvalue(L, loading);
    if (is_loading(L, name, 3)) { return raise_cycle(L, name, 3); }
    struct sandbox_module module = {0};
    find_module(L, name, &module);
    const char *chunk = lua_pushfstring(L, "@%s", module.file != NULL ? module.file : name);
    load_text(L, module.source, module.size, chunk, lua_upvalueindex(LOAD_ENVIRONMENT));
    if (lua_type(L, -1) != LUA_TFUNCTION) { return lua_error(L); }
    lua_Integer place = (lua_Integer)lua_rawlen(L, 3) + 1;
    lua_pushvalue(L, 1);
    lua_rawseti(L, 3, place);
    lua_pushvalue(L, 1);
    /* A module that fails may be required again: the list is mended on both ways out. */
    int status = lua_pcall(L, 1, 1, 0);
    for (lua_Integer i = (lua_Integer)lua_rawlen(L, 3); i >= place; i--) {
        lua_pushnil(L);
        lua_rawseti(L, 3, i);
    }
    if (status != LUA_OK) {
        if (sandbox_caught_limit(L, status, -1)) { return sandbox_raise_limit(L); }
        return lua_error(L);
    }
    if (lua_isnil(L, -1)) {
        lua_pop(L, 1);
        lua_pushboolean(L, 1);
    }
    lua_pushvalue(L, -1);
    lua_setfield(L, loaded, name);
    return 1;
}

void lib_load_environment(lua_State *L, int environment) {
    lua_pushvalue(L, environment);
    lua_pushcclosure(L, base_load, 1);
    lua_setfield(L, environment, "load");
    lua_pushvalue(L, environment);
    lua_newtable(L);
    lua_newtable(L);
    lua_pushcclosure(L, base_require, 3);
    lua_setfield(L, environment, "require");
}
