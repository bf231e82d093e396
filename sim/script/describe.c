/*
 * Texts about values, places and errors. Nothing here shows an address, and the functions that
 * write into a caller's buffer need no memory from Lua, so they work while memory is what ran out.
 */
#include "sandbox_internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct writer {
    char *text;
    size_t size;
    size_t capacity; /* the last byte stays free for the terminator */
};

__attribute__((format(printf, 2, 3))) static void write_text(struct writer *writer,
                                                             const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    size_t room = writer->capacity - writer->size;
    int written = vsnprintf(writer->text + writer->size, room, format, arguments);
    va_end(arguments);
    if (written > 0) { writer->size += (size_t)written < room ? (size_t)written : room - 1; }
}

static int count_levels(lua_State *L) {
    lua_Debug record;
    int low = 0;
    int high = 1;
    while (lua_getstack(L, high, &record)) {
        low = high;
        high *= 2;
    }
    while (low < high) {
        int middle = low + (high - low) / 2;
        if (lua_getstack(L, middle, &record)) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static void write_level(struct writer *writer, lua_Debug *record) {
    const char *newline = writer->size > 0 ? "\n" : "";
    if (record->currentline > 0) {
        write_text(writer, "%s%s:%d: in ", newline, record->short_src, record->currentline);
    } else {
        write_text(writer, "%s[C]: in ", newline);
    }
    if (record->name != NULL) {
        write_text(writer, "%s '%s'", record->namewhat, record->name);
    } else if (*record->what == 'm') {
        write_text(writer, "main chunk");
    } else if (*record->what == 'C') {
        write_text(writer, "a library function");
    } else {
        write_text(writer, "function <%s:%d>", record->short_src, record->linedefined);
    }
}

void sandbox_write_traceback(lua_State *L, int first, char *text, size_t size) {
    struct writer writer = {text, 0, size};
    text[0] = '\0';
    if (L == NULL) { return; }
    int levels = count_levels(L);
    for (int level = first; level < levels; level++) {
        lua_Debug record;
        if (level == SANDBOX_TRACEBACK_LEVELS / 2 && levels > SANDBOX_TRACEBACK_LEVELS) {
            int skipped = levels - SANDBOX_TRACEBACK_LEVELS;
            write_text(&writer, "\n... (%d more)", skipped);
            level += skipped;
        }
        if (lua_getstack(L, level, &record) && lua_getinfo(L, "Sln", &record)) {
            write_level(&writer, &record);
        }
    }
}

void sandbox_write_where(lua_State *L, char *text, size_t size) {
    lua_Debug record;
    text[0] = '\0';
    for (int level = 0; L != NULL && level < 64 && lua_getstack(L, level, &record); level++) {
        if (lua_getinfo(L, "Sl", &record) && record.currentline > 0) {
            struct writer writer = {text, 0, size};
            write_text(&writer, "%s:%d: ", record.short_src, record.currentline);
            return;
        }
    }
}

size_t sandbox_format_float(double value, char text[SANDBOX_NUMBER_BYTES]) {
    const char *special = NULL;
    if (value != value) {
        special = "nan"; /* its sign differs between CPUs */
    } else if (value > 1.7976931348623157e308) {
        special = "inf";
    } else if (value < -1.7976931348623157e308) {
        special = "-inf";
    }
    if (special != NULL) {
        size_t size = strlen(special);
        memcpy(text, special, size + 1);
        return size;
    }
    size_t size = (size_t)snprintf(text, SANDBOX_NUMBER_BYTES, "%.14g", value);
    if (strspn(text, "-0123456789") == size) {
        memcpy(text + size, ".0", 3);
        size += 2;
    }
    return size;
}

/* Pushes the text of a number, boolean or nil. */
static const char *push_plain(lua_State *L, int index, size_t *size) {
    char text[SANDBOX_NUMBER_BYTES];
    switch (lua_type(L, index)) {
    case LUA_TNUMBER:
        if (lua_isinteger(L, index)) {
            *size =
                (size_t)snprintf(text, sizeof(text), "%lld", (long long)lua_tointeger(L, index));
        } else {
            *size = sandbox_format_float(lua_tonumber(L, index), text);
        }
        return lua_pushlstring(L, text, *size);
    case LUA_TBOOLEAN: lua_pushstring(L, lua_toboolean(L, index) ? "true" : "false"); break;
    default: lua_pushstring(L, luaL_typename(L, index)); break;
    }
    return lua_tolstring(L, -1, size);
}

const char *sandbox_tostring(lua_State *L, int index, size_t *size) {
    size_t ignored;
    size = size != NULL ? size : &ignored;
    index = lua_absindex(L, index);
    int type = lua_type(L, index);
    if (type == LUA_TSTRING) {
        lua_pushvalue(L, index);
        return lua_tolstring(L, -1, size);
    }
    if (type != LUA_TNUMBER && luaL_callmeta(L, index, "__tostring")) {
        if (lua_type(L, -1) == LUA_TNUMBER) {
            push_plain(L, -1, size);
            lua_remove(L, -2);
        }
        if (lua_type(L, -1) != LUA_TSTRING) { luaL_error(L, "'__tostring' must return a string"); }
        return lua_tolstring(L, -1, size);
    }
    if (type == LUA_TTABLE || type == LUA_TUSERDATA) {
        int found = luaL_getmetafield(L, index, "__name");
        if (found == LUA_TSTRING) { return lua_tolstring(L, -1, size); }
        lua_pop(L, found == LUA_TNIL ? 0 : 1);
    }
    return push_plain(L, index, size);
}

const char *sandbox_check_text(lua_State *L, int index, size_t *size) {
    size_t ignored;
    size = size != NULL ? size : &ignored;
    if (lua_type(L, index) == LUA_TNUMBER) {
        index = lua_absindex(L, index);
        push_plain(L, index, size);
        lua_replace(L, index);
    }
    return luaL_checklstring(L, index, size);
}

void sandbox_describe_error(lua_State *L, int index, char *text, size_t size) {
    struct writer writer = {text, 0, size};
    text[0] = '\0';
    index = lua_absindex(L, index);
    int top = lua_gettop(L);
    char number[SANDBOX_NUMBER_BYTES];
    switch (lua_type(L, index)) {
    case LUA_TSTRING: write_text(&writer, "%s", lua_tostring(L, index)); return;
    case LUA_TNUMBER:
        if (lua_isinteger(L, index)) {
            write_text(&writer, "%lld", (long long)lua_tointeger(L, index));
        } else {
            sandbox_format_float(lua_tonumber(L, index), number);
            write_text(&writer, "%s", number);
        }
        return;
    default: break;
    }
    if (lua_checkstack(L, LUA_MINSTACK) && luaL_getmetafield(L, index, "__tostring") != LUA_TNIL) {
        lua_pushvalue(L, index);
        if (lua_pcall(L, 1, 1, 0) == LUA_OK && lua_type(L, -1) == LUA_TSTRING) {
            write_text(&writer, "%s", lua_tostring(L, -1));
            lua_settop(L, top);
            return;
        }
    }
    lua_settop(L, top);
    write_text(&writer, "(the error object is a %s value)", luaL_typename(L, index));
}
