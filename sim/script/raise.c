/*
 * Errors that a user can act on: where, what was found, what was expected, the nearest name there
 * is.
 *
 * The line is that of the Lua code which called us: the innermost Lua function on the stack, found
 * through any C functions in between (sort, pcall). Nothing that a message says depends on the
 * machine.
 */
#include <stdio.h>
#include <string.h>

#include "script/internal.h"

enum { LIST_MAX = 16, MESSAGE_BYTES_MAX = 2048 };

void where_called(lua_State *L, struct text *text) {
    lua_Debug call;
    for (int level = 0; lua_getstack(L, level, &call); level++) {
        lua_getinfo(L, "Sl", &call);
        if (call.currentline <= 0) continue;
        const char *name = call.source[0] == '@' ? call.source + 1 : call.short_src;
        text_add(text, "%s:%d", name, call.currentline);
        return;
    }
}

int raise_text(lua_State *L, const char *prefix, struct text *text) {
    struct text whole = {0};
    where_called(L, &whole);
    if (whole.size) text_add(&whole, ": ");
    text_add(&whole, "%s%s", prefix, text_string(text));
    text_free(text);
    char copy[MESSAGE_BYTES_MAX]; /* what raises must leave no memory behind */
    snprintf(copy, sizeof copy, "%s", text_string(&whole));
    text_free(&whole);
    luaL_checkstack(L, 2, NULL);
    lua_pushstring(L, copy);
    lua_error(L);
    __builtin_unreachable();
}

int raise(lua_State *L, const char *format, ...) {
    struct text text = {0};
    va_list list;
    va_start(list, format);
    text_add_list(&text, format, list);
    va_end(list);
    raise_text(L, "", &text);
}

const char *shown(lua_State *L, int index) {
    index = lua_absindex(L, index);
    switch (lua_type(L, index)) {
    case LUA_TNONE:
    case LUA_TNIL: return lua_pushliteral(L, "nothing (nil)");
    case LUA_TSTRING: return lua_pushfstring(L, "\"%s\"", lua_tostring(L, index));
    case LUA_TNUMBER: return lua_pushfstring(L, "%s", sandbox_tostring(L, index, NULL));
    case LUA_TBOOLEAN: return lua_pushstring(L, lua_toboolean(L, index) ? "true" : "false");
    case LUA_TUSERDATA:
        if (luaL_getmetafield(L, index, "__name") == LUA_TSTRING)
            return lua_pushfstring(L, "a %s", lua_tostring(L, -1));
        return lua_pushliteral(L, "a userdata");
    default: return lua_pushfstring(L, "a %s", luaL_typename(L, index));
    }
}

/* What is near in letters, or else shares its beginning: "read" for "read_modify_write". */
const char *probably_meant(const char *found, const char *const *names, size_t count) {
    const char *nearest = nearest_name(found, names, count);
    for (size_t i = 0; i < count && !nearest; i++)
        if (strlen(found) >= 3 && (strstr(names[i], found) || strstr(found, names[i])))
            nearest = names[i];
    return nearest;
}

void add_unknown(struct text *text, const char *what, const char *found, const char *const *names,
                 size_t count) {
    text_add(text, "no %s \"%s\"", what, found);
    const char *nearest = probably_meant(found, names, count);
    if (nearest) {
        text_add(text, "; did you mean \"%s\"?", nearest);
    } else if (count == 0) {
        text_add(text, "; there are none");
    } else {
        text_add(text, "; expected one of: ");
        for (size_t i = 0; i < count && i < LIST_MAX; i++)
            text_add(text, "%s%s", i ? ", " : "", names[i]);
        if (count > LIST_MAX) text_add(text, ", ...");
    }
}

int raise_unknown(lua_State *L, const char *call, const char *what, const char *found,
                  const char *const *names, size_t count) {
    struct text text = {0};
    text_add(&text, "%s: ", call);
    add_unknown(&text, what, found, names, count);
    raise_text(L, "", &text);
}
