/*
 * table.sort: a stable merge sort.
 *
 * The stock one is quicksort that takes its pivot in big arrays from the clock and the processor
 * time. With an order function that is no order, the result of ours is still some fixed
 * permutation of the elements, the same each time. Comparisons are charged.
 *
 * The elements are copied to a scratch table and merged to and fro; the table is written at the
 * end, so an error in the order function leaves it as it was.
 */
#include "sandbox_internal.h"

/* Whether the value at index a sorts before that at b. The order function, if any, is at 2. */
static bool less(lua_State *L, int a, int b) {
    sandbox_charge(L, 1);
    if (lua_isnil(L, 2)) { return lua_compare(L, a, b, LUA_OPLT); }
    lua_pushvalue(L, 2);
    lua_pushvalue(L, a < 0 ? a - 1 : a);
    lua_pushvalue(L, b < 0 ? b - 2 : b);
    lua_call(L, 2, 1);
    bool result = lua_toboolean(L, -1);
    lua_pop(L, 1);
    return result;
}

/* Merges from[at, middle) and from[middle, end) to to[at, end); the tables are stack indices. */
static void merge(lua_State *L, int from, int to, lua_Integer at, lua_Integer middle,
                  lua_Integer end) {
    lua_Integer left = at;
    lua_Integer right = middle;
    lua_rawgeti(L, from, left);
    lua_rawgeti(L, from, right);
    while (left < middle && right < end) {
        /* Stack: the left element, the right one. */
        if (less(L, -1, -2)) {
            lua_rawseti(L, to, at++);
            lua_rawgeti(L, from, ++right);
        } else {
            lua_insert(L, -2);
            lua_rawseti(L, to, at++);
            lua_rawgeti(L, from, ++left);
            lua_insert(L, -2);
        }
    }
    lua_pop(L, 2);
    for (; left < middle; left++) {
        lua_rawgeti(L, from, left);
        lua_rawseti(L, to, at++);
    }
    for (; right < end; right++) {
        lua_rawgeti(L, from, right);
        lua_rawseti(L, to, at++);
    }
}

static int table_sort(lua_State *L) {
    luaL_checktype(L, 1, LUA_TTABLE);
    sandbox_check_writable(L, 1);
    lua_Integer count = luaL_len(L, 1);
    if (!lua_isnoneornil(L, 2)) { luaL_checktype(L, 2, LUA_TFUNCTION); }
    lua_settop(L, 2);
    if (count < 2) { return 0; }
    luaL_argcheck(L, count < INT32_MAX, 1, "array too big");
    sandbox_charge(L, count);
    lua_createtable(L, (int)count, 0);
    lua_createtable(L, (int)count, 0);
    for (lua_Integer i = 1; i <= count; i++) {
        lua_geti(L, 1, i);
        lua_rawseti(L, 3, i);
    }
    int from = 3;
    for (lua_Integer width = 1; width < count; width *= 2) {
        for (lua_Integer at = 1; at <= count; at += 2 * width) {
            lua_Integer middle = at + width < count + 1 ? at + width : count + 1;
            lua_Integer end = at + 2 * width < count + 1 ? at + 2 * width : count + 1;
            merge(L, from, 7 - from, at, middle, end);
        }
        from = 7 - from;
    }
    for (lua_Integer i = 1; i <= count; i++) {
        lua_rawgeti(L, from, i);
        lua_seti(L, 1, i);
    }
    return 0;
}

void lib_sort_open(lua_State *L) {
    push_function(L, table_sort);
    lua_setfield(L, -2, "sort");
}
