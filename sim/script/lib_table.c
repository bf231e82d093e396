/*
 * The table functions but sort. They honour metamethods, so a read-only view refuses them by
 * itself; every element moved is charged, so a huge range ends in the instruction limit.
 */
#include "sandbox_internal.h"

#include "builder.h"

static lua_Integer check_table(lua_State *L, int index) {
    if (lua_type(L, index) != LUA_TTABLE && !luaL_getmetafield(L, index, "__index")) {
        luaL_checktype(L, index, LUA_TTABLE);
    }
    return luaL_len(L, index);
}

static int table_insert(lua_State *L) {
    lua_Integer end = (lua_Integer)((lua_Unsigned)check_table(L, 1) + 1);
    lua_Integer place = end;
    int count = lua_gettop(L);
    if (count == 3) {
        place = luaL_checkinteger(L, 2);
        luaL_argcheck(L, (lua_Unsigned)place - 1U < (lua_Unsigned)end, 2, "position out of bounds");
        sandbox_charge(L, end - place);
        for (lua_Integer i = end; i > place; i--) {
            lua_geti(L, 1, i - 1);
            lua_seti(L, 1, i);
        }
    } else if (count != 2) {
        return luaL_error(L, "wrong number of arguments to 'insert'");
    }
    lua_seti(L, 1, place);
    return 0;
}

static int table_remove(lua_State *L) {
    lua_Integer size = check_table(L, 1);
    lua_Integer place = luaL_optinteger(L, 2, size);
    if (place != size) {
        luaL_argcheck(L, (lua_Unsigned)place - 1U <= (lua_Unsigned)size, 2,
                      "position out of bounds");
    }
    lua_geti(L, 1, place);
    sandbox_charge(L, size - place);
    for (; place < size; place++) {
        lua_geti(L, 1, place + 1);
        lua_seti(L, 1, place);
    }
    lua_pushnil(L);
    lua_seti(L, 1, place);
    return 1;
}

static int table_concat(lua_State *L) {
    size_t separator_size = 0;
    lua_Integer last = check_table(L, 1);
    const char *separator = lua_isnoneornil(L, 2) ? "" : sandbox_check_text(L, 2, &separator_size);
    lua_Integer i = luaL_optinteger(L, 3, 1);
    last = luaL_optinteger(L, 4, last);
    struct builder out;
    lua_settop(L, 4);
    builder_open(&out, L);
    for (; i <= last; i++) {
        sandbox_charge(L, 1);
        lua_geti(L, 1, i);
        int type = lua_type(L, -1);
        if (type != LUA_TSTRING && type != LUA_TNUMBER) {
            return luaL_error(L, "invalid value (%s) at index %I in table for 'concat'",
                              luaL_typename(L, -1), (LUAI_UACINT)i);
        }
        builder_add_value(&out);
        if (i == last) { break; }
        builder_add(&out, separator, separator_size);
    }
    builder_push(&out);
    return 1;
}

static int table_pack(lua_State *L) {
    int count = lua_gettop(L);
    sandbox_charge(L, count);
    lua_createtable(L, count, 1);
    lua_insert(L, 1);
    for (int i = count; i >= 1; i--) { lua_rawseti(L, 1, i); }
    lua_pushinteger(L, count);
    lua_setfield(L, 1, "n");
    return 1;
}

static int table_unpack(lua_State *L) {
    lua_Integer first = luaL_optinteger(L, 2, 1);
    lua_Integer last = lua_isnoneornil(L, 3) ? luaL_len(L, 1) : luaL_checkinteger(L, 3);
    if (first > last) { return 0; }
    lua_Unsigned count = (lua_Unsigned)last - (lua_Unsigned)first;
    if (count >= 1000000 || !lua_checkstack(L, (int)(count + 1))) {
        return luaL_error(L, "too many results to unpack");
    }
    sandbox_charge(L, (int64_t)count);
    for (; first < last; first++) { lua_geti(L, 1, first); }
    lua_geti(L, 1, last);
    return (int)count + 1;
}

static int table_move(lua_State *L) {
    lua_Integer from = luaL_checkinteger(L, 2);
    lua_Integer last = luaL_checkinteger(L, 3);
    lua_Integer to = luaL_checkinteger(L, 4);
    int target = lua_isnoneornil(L, 5) ? 1 : 5;
    (void)luaL_argexpected(L, lua_istable(L, 1), 1, "table");
    (void)luaL_argexpected(L, lua_istable(L, target), target, "table");
    if (last >= from) {
        luaL_argcheck(L, from > 0 || last < LUA_MAXINTEGER + from, 3, "too many elements to move");
        lua_Integer count = last - from + 1;
        luaL_argcheck(L, to <= LUA_MAXINTEGER - count + 1, 4, "destination wrap around");
        bool forward = to > last || to <= from || (target != 1 && !lua_compare(L, 1, 5, LUA_OPEQ));
        for (lua_Integer n = 0; n < count; n++) {
            lua_Integer i = forward ? n : count - 1 - n;
            sandbox_charge(L, 1);
            lua_geti(L, 1, from + i);
            lua_seti(L, target, to + i);
        }
    }
    lua_pushvalue(L, target);
    return 1;
}

void lib_table_open(lua_State *L) {
    static const luaL_Reg functions[] = {
        {"insert", table_insert},
        {"remove", table_remove},
        {"concat", table_concat},
        {"pack", table_pack},
        {"unpack", table_unpack},
        {"move", table_move},
        {NULL, NULL},
    };
    set_functions(L, functions);
}
