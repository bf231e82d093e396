/*
 * The basic functions: types, conversion, raw access, metatables, error, print.
 *
 * Against the stock ones: nothing shows an address; print goes to the host and is counted;
 * setmetatable refuses __gc and __mode, since what they do depends on when the collector runs.
 */
#include "sandbox_internal.h"

#include "builder.h"

#include <string.h>

static int base_type(lua_State *L) {
    luaL_argcheck(L, lua_type(L, 1) != LUA_TNONE, 1, "value expected");
    lua_pushstring(L, luaL_typename(L, 1));
    return 1;
}

static int base_tostring(lua_State *L) {
    luaL_checkany(L, 1);
    (void)sandbox_tostring(L, 1, NULL);
    return 1;
}

static int base_print(lua_State *L) {
    struct sandbox *sandbox = sandbox_get(L);
    int count = lua_gettop(L);
    struct builder line;
    builder_open(&line, L);
    for (int i = 1; i <= count; i++) {
        size_t size;
        const char *text = sandbox_tostring(L, i, &size);
        if (i > 1) { builder_add_char(&line, '\t'); }
        builder_add(&line, text, size);
        lua_pop(L, 1);
    }
    builder_add_char(&line, '\n');
    sandbox_charge(L, (int64_t)line.size);
    if ((int64_t)line.size > sandbox->output_left) {
        sandbox_stop(sandbox, L, SANDBOX_LIMIT_OUTPUT);
        return sandbox_raise_limit(L);
    }
    sandbox->output_left -= (int64_t)line.size;
    if (sandbox->options.print != NULL) {
        sandbox->options.print(sandbox->options.context, line.data, line.size);
    }
    return 0;
}

static int digit_of(int byte) {
    if (byte >= '0' && byte <= '9') { return byte - '0'; }
    byte |= 32;
    return byte >= 'a' && byte <= 'z' ? byte - 'a' + 10 : 99;
}

static bool is_space(char byte) { return byte == ' ' || (byte >= '\t' && byte <= '\r'); }

/* Pushes the integer that text is in this base, or nil. */
static void push_integer_of(lua_State *L, const char *text, size_t size, int base) {
    const char *end = text + size;
    while (text < end && is_space(*text)) { text++; }
    while (text < end && is_space(end[-1])) { end--; }
    bool negative = text < end && *text == '-';
    text += text < end && (*text == '-' || *text == '+') ? 1 : 0;
    lua_Unsigned value = 0;
    bool good = text < end;
    for (; text < end && good; text++) {
        int digit = digit_of((unsigned char)*text);
        good = digit < base;
        value = value * (lua_Unsigned)base + (lua_Unsigned)digit;
    }
    if (good) {
        lua_pushinteger(L, (lua_Integer)(negative ? 0U - value : value));
    } else {
        lua_pushnil(L);
    }
}

static int base_tonumber(lua_State *L) {
    size_t size;
    if (lua_isnoneornil(L, 2)) {
        luaL_checkany(L, 1);
        if (lua_type(L, 1) == LUA_TNUMBER) {
            lua_settop(L, 1);
            return 1;
        }
        const char *text = lua_tolstring(L, 1, &size);
        if (text == NULL || lua_stringtonumber(L, text) != size + 1) { lua_pushnil(L); }
        return 1;
    }
    lua_Integer base = luaL_checkinteger(L, 2);
    luaL_checktype(L, 1, LUA_TSTRING);
    const char *text = lua_tolstring(L, 1, &size);
    luaL_argcheck(L, 2 <= base && base <= 36, 2, "base out of range");
    push_integer_of(L, text, size, (int)base);
    return 1;
}

static int base_rawequal(lua_State *L) {
    luaL_checkany(L, 1);
    luaL_checkany(L, 2);
    lua_pushboolean(L, lua_rawequal(L, 1, 2));
    return 1;
}

static int base_rawlen(lua_State *L) {
    int type = lua_type(L, 1);
    luaL_argexpected(L, type == LUA_TTABLE || type == LUA_TSTRING, 1, "table or string");
    lua_pushinteger(L, (lua_Integer)lua_rawlen(L, 1));
    return 1;
}

static int base_rawget(lua_State *L) {
    luaL_checktype(L, 1, LUA_TTABLE);
    luaL_checkany(L, 2);
    lua_settop(L, 2);
    lua_rawget(L, 1);
    return 1;
}

static int base_rawset(lua_State *L) {
    luaL_checktype(L, 1, LUA_TTABLE);
    luaL_checkany(L, 2);
    luaL_checkany(L, 3);
    lua_settop(L, 3);
    sandbox_check_writable(L, 1);
    lua_rawset(L, 1);
    return 1;
}

static int base_getmetatable(lua_State *L) {
    luaL_checkany(L, 1);
    if (!lua_getmetatable(L, 1)) {
        lua_pushnil(L);
        return 1;
    }
    luaL_getmetafield(L, 1, "__metatable");
    return 1;
}

static void refuse_field(lua_State *L, const char *field, const char *text) {
    lua_pushstring(L, field);
    if (lua_rawget(L, 2) != LUA_TNIL) { luaL_error(L, "%s", text); }
    lua_pop(L, 1);
}

static int base_setmetatable(lua_State *L) {
    int type = lua_type(L, 2);
    luaL_checktype(L, 1, LUA_TTABLE);
    luaL_argexpected(L, type == LUA_TNIL || type == LUA_TTABLE, 2, "nil or table");
    if (luaL_getmetafield(L, 1, "__metatable") != LUA_TNIL) {
        return luaL_error(L, "cannot change a protected metatable");
    }
    if (type == LUA_TTABLE) {
        refuse_field(L, "__gc",
                     "__gc is not available: it would run when the collector does; use <close>");
        refuse_field(L, "__mode",
                     "weak tables (__mode) are not available: they would forget when the collector "
                     "runs; remove entries yourself");
    }
    lua_settop(L, 2);
    lua_setmetatable(L, 1);
    return 1;
}

static int base_select(lua_State *L) {
    int count = lua_gettop(L);
    if (lua_type(L, 1) == LUA_TSTRING && *lua_tostring(L, 1) == '#') {
        lua_pushinteger(L, count - 1);
        return 1;
    }
    lua_Integer first = luaL_checkinteger(L, 1);
    if (first < 0) {
        first = count + first;
    } else if (first > count) {
        first = count;
    }
    luaL_argcheck(L, first >= 1, 1, "index out of range");
    sandbox_charge(L, (count - (int)first) / 16);
    return count - (int)first;
}

static int base_assert(lua_State *L) {
    if (lua_toboolean(L, 1)) { return lua_gettop(L); }
    luaL_checkany(L, 1);
    lua_remove(L, 1);
    lua_pushliteral(L, "assertion failed!");
    lua_settop(L, 1);
    if (lua_type(L, 1) == LUA_TSTRING && strcmp(lua_tostring(L, 1), "assertion failed!") == 0) {
        luaL_where(L, 1);
        lua_insert(L, 1);
        lua_concat(L, 2);
    }
    return lua_error(L);
}

static int base_error(lua_State *L) {
    int level = (int)luaL_optinteger(L, 2, 1);
    lua_settop(L, 1);
    if (lua_type(L, 1) == LUA_TSTRING && level > 0) {
        luaL_where(L, level);
        lua_pushvalue(L, 1);
        lua_concat(L, 2);
    }
    return lua_error(L);
}

void lib_base_open(lua_State *L) {
    static const luaL_Reg functions[] = {
        {"type", base_type},         {"tostring", base_tostring},
        {"print", base_print},       {"tonumber", base_tonumber},
        {"rawequal", base_rawequal}, {"rawlen", base_rawlen},
        {"rawget", base_rawget},     {"rawset", base_rawset},
        {"select", base_select},     {"getmetatable", base_getmetatable},
        {"assert", base_assert},     {"setmetatable", base_setmetatable},
        {"error", base_error},       {NULL, NULL},
    };
    set_functions(L, functions);
    lua_pushliteral(L, "Lua 5.4");
    lua_setfield(L, -2, "_VERSION");
    set_refused(L, "collectgarbage",
                "collectgarbage is not available: memory in use is not the script's to see");
    set_refused(L, "dofile", "dofile is not available: use require with a module's name");
    set_refused(L, "loadfile", "loadfile is not available: use require with a module's name");
    set_refused(L, "warn", "warn is not available: use print");
}
