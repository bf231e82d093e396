/*
 * utf8: char is ours (the stock one allocates outside Lua's count); the others are the stock
 * functions, charged by the length of their string.
 */
#include "sandbox_internal.h"

#include "builder.h"

#include <lualib.h>

#include <string.h>

static int utf8_char(lua_State *L) {
    int count = lua_gettop(L);
    struct builder out;
    builder_open(&out, L);
    for (int i = 1; i <= count; i++) {
        lua_Unsigned code = (lua_Unsigned)luaL_checkinteger(L, i);
        luaL_argcheck(L, code <= 0x7FFFFFFFU, i, "value out of range");
        const char *text = lua_pushfstring(L, "%U", (long)code);
        builder_add(&out, text, code == 0 ? 1 : strlen(text));
        lua_pop(L, 1);
    }
    builder_push(&out);
    return 1;
}

/* Upvalue: the stock function. What it returns may be a bare C function (the iterator of codes),
 * which as a table key would be hashed by its address: it becomes a closure. */
static int charged(lua_State *L) {
    if (lua_type(L, 1) == LUA_TSTRING) { sandbox_charge(L, (int64_t)(lua_rawlen(L, 1) / 8)); }
    int results = lua_tocfunction(L, lua_upvalueindex(1))(L);
    for (int i = 0; i < results; i++) {
        if (lua_iscfunction(L, -results + i)) {
            push_function(L, lua_tocfunction(L, -results + i));
            lua_replace(L, -results + i - 1);
        }
    }
    return results;
}

void lib_utf8_open(lua_State *L) {
    static const char *const names[] = {"codepoint", "codes", "len", "offset"};
    int library = lua_gettop(L);
    luaL_requiref(L, "utf8", luaopen_utf8, 0);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        lua_getfield(L, -1, names[i]);
        lua_pushcclosure(L, charged, 1);
        lua_setfield(L, library, names[i]);
    }
    lua_getfield(L, -1, "charpattern");
    lua_setfield(L, library, "charpattern");
    lua_settop(L, library);
    push_function(L, utf8_char);
    lua_setfield(L, library, "char");
}
