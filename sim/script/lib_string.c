/*
 * The plain string functions, and the metatable that all strings share.
 *
 * Letters are ASCII's, whatever the locale. Work is charged by the byte, so that a loop over a long
 * string is counted. The metatable is protected; its __index is the hidden library table, which no
 * script can reach.
 */
#include "sandbox_internal.h"

#include "builder.h"

#include <string.h>

static int64_t cost_of(size_t bytes) { return (int64_t)(bytes / 16) + 1; }

/* A position relative to the end, made absolute, at least 1. */
static size_t start_position(lua_Integer position, size_t size) {
    if (position > 0) { return (size_t)position; }
    if (position == 0 || position < -(lua_Integer)size) { return 1; }
    return size + (size_t)position + 1;
}

static size_t end_position(lua_State *L, int index, lua_Integer preset, size_t size) {
    lua_Integer position = luaL_optinteger(L, index, preset);
    if (position > (lua_Integer)size) { return size; }
    if (position >= 0) { return (size_t)position; }
    return position < -(lua_Integer)size ? 0 : size + (size_t)position + 1;
}

static int string_len(lua_State *L) {
    size_t size;
    (void)sandbox_check_text(L, 1, &size);
    lua_pushinteger(L, (lua_Integer)size);
    return 1;
}

static int string_sub(lua_State *L) {
    size_t size;
    const char *text = sandbox_check_text(L, 1, &size);
    size_t start = start_position(luaL_checkinteger(L, 2), size);
    size_t end = end_position(L, 3, -1, size);
    if (start > end) {
        lua_pushliteral(L, "");
    } else {
        sandbox_charge(L, cost_of(end - start));
        lua_pushlstring(L, text + start - 1, end - start + 1);
    }
    return 1;
}

static int map_bytes(lua_State *L, char first, char last, int change) {
    size_t size;
    struct builder result;
    const char *text = sandbox_check_text(L, 1, &size);
    sandbox_charge(L, cost_of(size));
    builder_open(&result, L);
    char *out = builder_reserve(&result, size);
    for (size_t i = 0; i < size; i++) {
        char c = text[i];
        out[i] = c >= first && c <= last ? (char)(c + change) : c;
    }
    result.size = size;
    builder_push(&result);
    return 1;
}

static int string_lower(lua_State *L) { return map_bytes(L, 'A', 'Z', 'a' - 'A'); }

static int string_upper(lua_State *L) { return map_bytes(L, 'a', 'z', 'A' - 'a'); }

static int string_reverse(lua_State *L) {
    size_t size;
    struct builder result;
    const char *text = sandbox_check_text(L, 1, &size);
    sandbox_charge(L, cost_of(size));
    builder_open(&result, L);
    char *out = builder_reserve(&result, size);
    for (size_t i = 0; i < size; i++) { out[i] = text[size - 1 - i]; }
    result.size = size;
    builder_push(&result);
    return 1;
}

static int string_rep(lua_State *L) {
    size_t size;
    size_t separator_size = 0;
    const char *text = sandbox_check_text(L, 1, &size);
    lua_Integer count = luaL_checkinteger(L, 2);
    const char *separator = lua_isnoneornil(L, 3) ? "" : sandbox_check_text(L, 3, &separator_size);
    if (count <= 0 || size + separator_size == 0) {
        lua_pushliteral(L, "");
        return 1;
    }
    size_t total;
    if (__builtin_mul_overflow(size + separator_size, (size_t)count, &total) || total > (size_t)1
                                                                                            << 40) {
        return luaL_error(L, "resulting string too large");
    }
    total -= separator_size;
    struct builder result;
    builder_open(&result, L);
    char *out = builder_reserve(&result, total);
    sandbox_charge(L, cost_of(total) + count / 16);
    memcpy(out, text, size);
    if (count > 1) { memcpy(out + size, separator, separator_size); }
    size_t done = count > 1 ? size + separator_size : size;
    while (done < total) { /* what is there, once more: the copies double */
        const size_t more = done < total - done ? done : total - done;
        memcpy(out + done, out, more);
        done += more;
    }
    result.size = total;
    builder_push(&result);
    return 1;
}

static int string_byte(lua_State *L) {
    size_t size;
    const char *text = sandbox_check_text(L, 1, &size);
    lua_Integer from = luaL_optinteger(L, 2, 1);
    size_t start = start_position(from, size);
    size_t end = end_position(L, 3, (lua_Integer)start, size);
    if (start > end) { return 0; }
    size_t count = end - start + 1;
    sandbox_charge(L, (int64_t)count);
    if (count > 1000000 || !lua_checkstack(L, (int)count)) {
        return luaL_error(L, "string slice too long");
    }
    for (size_t i = 0; i < count; i++) { lua_pushinteger(L, (unsigned char)text[start - 1 + i]); }
    return (int)count;
}

static int string_char(lua_State *L) {
    int count = lua_gettop(L);
    struct builder result;
    builder_open(&result, L);
    for (int i = 1; i <= count; i++) {
        lua_Integer byte = luaL_checkinteger(L, i);
        luaL_argcheck(L, byte >= 0 && byte <= 255, i, "value out of range");
        builder_add_char(&result, (char)(unsigned char)byte);
    }
    builder_push(&result);
    return 1;
}

/* --- arithmetic on strings that hold numbers, as Lua 5.4's string metatable has it --- */

static bool push_number(lua_State *L, int index) {
    if (lua_type(L, index) == LUA_TNUMBER) {
        lua_pushvalue(L, index);
        return true;
    }
    size_t size;
    const char *text = lua_tolstring(L, index, &size);
    return text != NULL && lua_stringtonumber(L, text) == size + 1;
}

static int arithmetic(lua_State *L, int operation, const char *event) {
    if (push_number(L, 1) && push_number(L, 2)) {
        lua_arith(L, operation);
        return 1;
    }
    lua_settop(L, 2);
    if (lua_type(L, 2) == LUA_TSTRING || !luaL_getmetafield(L, 2, event)) {
        /* The operand that is at fault: the first that is no number, and no string of one. */
        const bool first = !push_number(L, 1);
        return luaL_error(L, "attempt to perform arithmetic on a %s value%s",
                          luaL_typename(L, first ? 1 : 2),
                          lua_type(L, first ? 1 : 2) == LUA_TSTRING ? "; .. joins strings" : "");
    }
    lua_insert(L, 1);
    lua_call(L, 2, 1);
    return 1;
}

static int string_add(lua_State *L) { return arithmetic(L, LUA_OPADD, "__add"); }

static int string_subtract(lua_State *L) { return arithmetic(L, LUA_OPSUB, "__sub"); }

static int string_multiply(lua_State *L) { return arithmetic(L, LUA_OPMUL, "__mul"); }

static int string_modulo(lua_State *L) { return arithmetic(L, LUA_OPMOD, "__mod"); }

static int string_power(lua_State *L) { return arithmetic(L, LUA_OPPOW, "__pow"); }

static int string_divide(lua_State *L) { return arithmetic(L, LUA_OPDIV, "__div"); }

static int string_floor_divide(lua_State *L) { return arithmetic(L, LUA_OPIDIV, "__idiv"); }

static int string_negate(lua_State *L) {
    if (!push_number(L, 1)) {
        return luaL_error(L, "attempt to perform arithmetic on a string value");
    }
    lua_arith(L, LUA_OPUNM);
    return 1;
}

static void set_metatable(lua_State *L) {
    static const luaL_Reg events[] = {
        {"__add", string_add},    {"__sub", string_subtract},      {"__mul", string_multiply},
        {"__mod", string_modulo}, {"__pow", string_power},         {"__div", string_divide},
        {"__unm", string_negate}, {"__idiv", string_floor_divide}, {NULL, NULL},
    };
    lua_pushliteral(L, "");
    lua_createtable(L, 0, 12);
    set_functions(L, events);
    lua_pushvalue(L, -3);
    lua_setfield(L, -2, "__index");
    lua_pushliteral(L, "the string metatable is read-only");
    lua_setfield(L, -2, "__metatable");
    lua_setmetatable(L, -2);
    lua_pop(L, 1);
}

void lib_string_open(lua_State *L) {
    static const luaL_Reg functions[] = {
        {"len", string_len},     {"sub", string_sub},         {"lower", string_lower},
        {"upper", string_upper}, {"reverse", string_reverse}, {"rep", string_rep},
        {"byte", string_byte},   {"char", string_char},       {NULL, NULL},
    };
    set_functions(L, functions);
    set_refused(L, "dump", "string.dump is not available: functions are text here");
    set_metatable(L);
}
