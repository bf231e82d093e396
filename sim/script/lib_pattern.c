/*
 * find, match, gmatch and gsub over the matcher of pattern.h, whose steps are charged to the
 * running call.
 */
#include "sandbox_internal.h"

#include "builder.h"
#include "pattern.h"

#include <string.h>

/* Every attempt may use what is left of the budget; what it used is charged, and errors are raised,
 * here. Leaving a little below zero lets sandbox_charge see that it is spent. */
static bool attempt(lua_State *L, struct pattern_match *match, size_t start, size_t *end) {
    struct sandbox *sandbox = sandbox_get(L);
    match->steps_left = sandbox->steps_left;
    enum pattern_result result = pattern_match_at(match, start, end);
    sandbox->steps_left = match->steps_left;
    if (match->steps_left < 0) { sandbox_charge(L, 1); }
    if (match->error != NULL) {
        if (match->error_capture > 0) {
            luaL_error(L, "%s (%%%d)", match->error, match->error_capture);
        }
        luaL_error(L, "%s", match->error);
    }
    return result == PATTERN_YES;
}

static void push_capture(lua_State *L, const struct pattern_match *match, int number, size_t start,
                         size_t end) {
    if (number >= match->capture_count) {
        if (number != 0) { luaL_error(L, "invalid capture index %%%d", number + 1); }
        lua_pushlstring(L, match->subject + start, end - start);
        return;
    }
    const struct pattern_capture *capture = &match->captures[number];
    if (capture->state == CAPTURE_OPEN) {
        luaL_error(L, "unfinished capture");
    } else if (capture->state == CAPTURE_POSITION) {
        lua_pushinteger(L, (lua_Integer)capture->start + 1);
    } else {
        lua_pushlstring(L, match->subject + capture->start, capture->size);
    }
}

/* Pushes all captures; the whole match when there are none and `whole`. */
static int push_captures(lua_State *L, const struct pattern_match *match, size_t start, size_t end,
                         bool whole) {
    int count = match->capture_count == 0 && whole ? 1 : match->capture_count;
    luaL_checkstack(L, count, "too many captures");
    for (int i = 0; i < count; i++) { push_capture(L, match, i, start, end); }
    return count;
}

static size_t start_place(lua_Integer position, size_t size) {
    if (position > 0) { return (size_t)position - 1; }
    if (position == 0 || position < -(lua_Integer)size) { return 0; }
    return size + (size_t)position;
}

static int find_plain(lua_State *L, const char *subject, size_t size, const char *wanted,
                      size_t wanted_size, size_t start) {
    const char *found = wanted_size == 0
                            ? subject + start
                            : memmem(subject + start, size - start, wanted, wanted_size);
    size_t scanned = found != NULL ? (size_t)(found - subject) - start : size - start;
    sandbox_charge(L, (int64_t)(scanned / 8));
    if (found == NULL) {
        lua_pushnil(L);
        return 1;
    }
    lua_pushinteger(L, found - subject + 1);
    lua_pushinteger(L, found - subject + (lua_Integer)wanted_size);
    return 2;
}

static int find_or_match(lua_State *L, bool find) {
    size_t size;
    size_t pattern_size;
    const char *subject = sandbox_check_text(L, 1, &size);
    const char *pattern = sandbox_check_text(L, 2, &pattern_size);
    size_t start = start_place(luaL_optinteger(L, 3, 1), size);
    if (start > size) {
        lua_pushnil(L);
        return 1;
    }
    if (find && (lua_toboolean(L, 4) || !pattern_has_specials(pattern, pattern_size))) {
        return find_plain(L, subject, size, pattern, pattern_size, start);
    }
    bool anchored = pattern_size > 0 && *pattern == '^';
    struct pattern_match match;
    pattern_start(&match, subject, size, pattern + anchored, pattern_size - anchored, 0);
    do {
        size_t end;
        if (attempt(L, &match, start, &end)) {
            if (!find) { return push_captures(L, &match, start, end, true); }
            lua_pushinteger(L, (lua_Integer)start + 1);
            lua_pushinteger(L, (lua_Integer)end);
            return push_captures(L, &match, start, end, false) + 2;
        }
        start++;
    } while (start <= size && !anchored);
    lua_pushnil(L);
    return 1;
}

static int string_find(lua_State *L) { return find_or_match(L, true); }

static int string_match(lua_State *L) { return find_or_match(L, false); }

/* Upvalues: subject, pattern, the next place, the end of the last match (-1: none yet). */
static int gmatch_step(lua_State *L) {
    size_t size;
    size_t pattern_size;
    struct pattern_match match;
    const char *subject = lua_tolstring(L, lua_upvalueindex(1), &size);
    const char *pattern = lua_tolstring(L, lua_upvalueindex(2), &pattern_size);
    lua_Integer last = lua_tointeger(L, lua_upvalueindex(4));
    pattern_start(&match, subject, size, pattern, pattern_size, 0);
    for (size_t place = (size_t)lua_tointeger(L, lua_upvalueindex(3)); place <= size; place++) {
        size_t end;
        if (attempt(L, &match, place, &end) && (lua_Integer)end != last) {
            lua_pushinteger(L, (lua_Integer)end);
            lua_copy(L, -1, lua_upvalueindex(3));
            lua_replace(L, lua_upvalueindex(4));
            return push_captures(L, &match, place, end, true);
        }
    }
    lua_pushinteger(L, (lua_Integer)size + 1);
    lua_replace(L, lua_upvalueindex(3));
    return 0;
}

static int string_gmatch(lua_State *L) {
    size_t size;
    (void)sandbox_check_text(L, 1, &size);
    (void)sandbox_check_text(L, 2, NULL);
    size_t start = start_place(luaL_optinteger(L, 3, 1), size);
    lua_settop(L, 2);
    lua_pushinteger(L, (lua_Integer)(start > size ? size + 1 : start));
    lua_pushinteger(L, -1);
    lua_pushcclosure(L, gmatch_step, 4);
    return 1;
}

static void add_template(lua_State *L, struct builder *out, const struct pattern_match *match,
                         size_t start, size_t end) {
    size_t size;
    const char *text = lua_tolstring(L, 3, &size);
    for (size_t i = 0; i < size; i++) {
        if (text[i] != '%') {
            builder_add_char(out, text[i]);
            continue;
        }
        char c = ++i < size ? text[i] : '\0';
        if (c == '%') {
            builder_add_char(out, '%');
        } else if (c == '0') {
            builder_add(out, match->subject + start, end - start);
        } else if (c >= '1' && c <= '9') {
            if (c - '1' >= match->capture_count && c != '1') {
                luaL_error(L, "invalid capture index %%%d in replacement string", c - '0');
            }
            push_capture(L, match, c - '1', start, end);
            builder_add_value(out);
        } else {
            luaL_error(L, "invalid use of '%%' in replacement string");
        }
    }
    sandbox_charge(L, (int64_t)(size / 8));
}

/* Adds what replaces one match; false when the match stays as it was. */
static bool add_replacement(lua_State *L, struct builder *out, const struct pattern_match *match,
                            size_t start, size_t end) {
    switch (lua_type(L, 3)) {
    case LUA_TFUNCTION:
        lua_pushvalue(L, 3);
        lua_call(L, push_captures(L, match, start, end, true), 1);
        break;
    case LUA_TTABLE:
        push_capture(L, match, 0, start, end);
        lua_gettable(L, 3);
        break;
    default: add_template(L, out, match, start, end); return true;
    }
    if (!lua_toboolean(L, -1)) {
        lua_pop(L, 1);
        builder_add(out, match->subject + start, end - start);
        return false;
    }
    int type = lua_type(L, -1);
    if (type != LUA_TSTRING && type != LUA_TNUMBER) {
        luaL_error(L, "invalid replacement value (a %s)", luaL_typename(L, -1));
    }
    builder_add_value(out);
    return true;
}

static int string_gsub(lua_State *L) {
    size_t size;
    size_t pattern_size;
    const char *subject = sandbox_check_text(L, 1, &size);
    const char *pattern = sandbox_check_text(L, 2, &pattern_size);
    int type = lua_type(L, 3);
    luaL_argexpected(L,
                     type == LUA_TNUMBER || type == LUA_TSTRING || type == LUA_TFUNCTION ||
                         type == LUA_TTABLE,
                     3, "string/function/table");
    if (type == LUA_TNUMBER) { (void)sandbox_check_text(L, 3, NULL); }
    lua_Integer limit = luaL_optinteger(L, 4, (lua_Integer)size + 1);
    bool anchored = pattern_size > 0 && *pattern == '^';
    lua_Integer count = 0;
    size_t place = 0;
    size_t last = SIZE_MAX;
    struct pattern_match match;
    struct builder out;
    builder_open(&out, L);
    pattern_start(&match, subject, size, pattern + anchored, pattern_size - anchored, 0);
    while (count < limit) {
        size_t end;
        if (attempt(L, &match, place, &end) && end != last) {
            count++;
            (void)add_replacement(L, &out, &match, place, end);
            place = last = end;
        } else if (place < size) {
            builder_add_char(&out, subject[place++]);
        } else {
            break;
        }
        if (anchored) { break; }
    }
    if (place < size) { builder_add(&out, subject + place, size - place); }
    builder_push(&out);
    lua_pushinteger(L, count);
    return 2;
}

void lib_pattern_open(lua_State *L) {
    static const luaL_Reg functions[] = {
        {"find", string_find},
        {"match", string_match},
        {"gmatch", string_gmatch},
        {"gsub", string_gsub},
        {NULL, NULL},
    };
    set_functions(L, functions);
}
