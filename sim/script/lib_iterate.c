/*
 * pairs, next and ipairs in an order that the keys decide, not their places in memory.
 *
 * The order: integers ascending, floats ascending, strings by their bytes (a prefix comes first),
 * false, true. Other keys have none that a seed could fix, so traversing a table with one is an
 * error.
 *
 * pairs takes the keys once, when it is called. Its first pass notices the usual case, a table
 * whose keys are exactly 1..n in place: nothing is then copied or sorted. Else the keys go
 * into a Lua table (which keeps them alive), while fixed-size entries about them are sorted in
 * userdata, and the table is put in the order of the entries.
 */
#include "sandbox_internal.h"

#include <string.h>

enum key_class { KEY_INTEGER, KEY_FLOAT, KEY_STRING, KEY_FALSE, KEY_TRUE };

struct key {
    enum key_class class;
    unsigned place; /* 1-based place in the table of keys */
    union {
        lua_Integer integer;
        double real;
        struct {
            const char *text;
            size_t size;
        } string;
    } as;
};

/* Describes the key at a stack index; raises when it has no order. */
static void read_key(lua_State *L, int index, struct key *key) {
    switch (lua_type(L, index)) {
    case LUA_TNUMBER:
        if (lua_isinteger(L, index)) {
            key->class = KEY_INTEGER;
            key->as.integer = lua_tointeger(L, index);
        } else {
            key->class = KEY_FLOAT;
            key->as.real = lua_tonumber(L, index);
        }
        return;
    case LUA_TSTRING:
        key->class = KEY_STRING;
        key->as.string.text = lua_tolstring(L, index, &key->as.string.size);
        return;
    case LUA_TBOOLEAN: key->class = lua_toboolean(L, index) ? KEY_TRUE : KEY_FALSE; return;
    default:
        luaL_error(L,
                   "pairs: a %s key has no order that a seed could fix; use an id (a number or a "
                   "string) as the key, or keep a list beside the table",
                   luaL_typename(L, index));
    }
}

static bool key_less(const struct key *a, const struct key *b) {
    if (a->class != b->class) { return a->class < b->class; }
    switch (a->class) {
    case KEY_INTEGER: return a->as.integer < b->as.integer;
    case KEY_FLOAT: return a->as.real < b->as.real;
    case KEY_STRING: {
        size_t a_size = a->as.string.size;
        size_t b_size = b->as.string.size;
        int order = memcmp(a->as.string.text, b->as.string.text, a_size < b_size ? a_size : b_size);
        return order != 0 ? order < 0 : a_size < b_size;
    }
    default: return false;
    }
}

static void insertion_sort(struct key *keys, size_t count) {
    for (size_t i = 1; i < count; i++) {
        struct key key = keys[i];
        size_t at = i;
        for (; at > 0 && key_less(&key, &keys[at - 1]); at--) { keys[at] = keys[at - 1]; }
        keys[at] = key;
    }
}

static void merge_keys(const struct key *from, size_t middle, size_t count, struct key *to) {
    size_t left = 0;
    size_t right = middle;
    for (size_t i = 0; i < count; i++) {
        bool take_right = left == middle || (right < count && key_less(&from[right], &from[left]));
        to[i] = take_right ? from[right++] : from[left++];
    }
}

enum { RUN = 16 };

/* Bottom-up merge sort; scratch has as much room as keys. The answer is in the returned array. */
static struct key *sort_keys(struct key *keys, struct key *scratch, size_t count) {
    for (size_t at = 0; at < count; at += RUN) {
        insertion_sort(keys + at, count - at < RUN ? count - at : RUN);
    }
    for (size_t width = RUN; width < count; width *= 2) {
        for (size_t at = 0; at < count; at += 2 * width) {
            size_t here = count - at < 2 * width ? count - at : 2 * width;
            merge_keys(keys + at, here < width ? here : width, here, scratch + at);
        }
        struct key *swap = keys;
        keys = scratch;
        scratch = swap;
    }
    return keys;
}

/* Counts the keys of the table at 1; *sequence: they are 1..n, met in that order. */
static lua_Integer count_keys(lua_State *L, bool *sequence) {
    lua_Integer count = 0;
    *sequence = true;
    lua_pushnil(L);
    while (lua_next(L, 1)) {
        lua_pop(L, 1);
        count++;
        *sequence = *sequence && lua_isinteger(L, -1) && lua_tointeger(L, -1) == count;
    }
    return count;
}

/* Puts table[i] = the key that entry i names, for every i, following the permutation's cycles. */
static void permute(lua_State *L, int table, struct key *keys, unsigned count) {
    for (unsigned start = 0; start < count; start++) {
        if (keys[start].place == 0) { continue; }
        lua_rawgeti(L, table, (lua_Integer)start + 1);
        unsigned at = start;
        for (;;) {
            unsigned from = keys[at].place - 1;
            keys[at].place = 0;
            if (from == start) {
                lua_rawseti(L, table, (lua_Integer)at + 1);
                break;
            }
            lua_rawgeti(L, table, (lua_Integer)from + 1);
            lua_rawseti(L, table, (lua_Integer)at + 1);
            at = from;
        }
    }
}

enum { SMALL_TABLE = 32 };

/* Pushes a table with the keys of the table at 1 in order. */
static void push_ordered_keys(lua_State *L, unsigned count) {
    struct key small[2 * SMALL_TABLE];
    struct key *keys = small;
    lua_createtable(L, (int)count, 0);
    int table = lua_gettop(L);
    if (count > SMALL_TABLE) { keys = lua_newuserdatauv(L, 2 * (size_t)count * sizeof(*keys), 0); }
    unsigned at = 0;
    bool ordered = true;
    int64_t bytes = 0;
    lua_pushnil(L);
    while (lua_next(L, 1)) {
        lua_pop(L, 1);
        read_key(L, -1, &keys[at]);
        keys[at].place = at + 1;
        ordered = ordered && (at == 0 || key_less(&keys[at - 1], &keys[at]));
        at++;
        if (lua_type(L, -1) == LUA_TSTRING) bytes += (int64_t)lua_rawlen(L, -1);
        lua_pushvalue(L, -1);
        lua_rawseti(L, table, at);
    }
    sandbox_charge(L, (int64_t)count * 4);
    if (!ordered) {
        sandbox_charge(L, (int64_t)count * 16 + bytes); /* long keys are compared byte by byte */
        permute(L, table, sort_keys(keys, keys + count, count), count);
    }
    lua_settop(L, table);
}

/* Upvalues: the table, the number of keys, the last place visited, the keys (nil: they are 1..n).
 */
enum { STEP_TABLE = 1, STEP_COUNT = 2, STEP_PLACE = 3, STEP_KEYS = 4 };

static int step(lua_State *L) {
    lua_Integer count = lua_tointeger(L, lua_upvalueindex(STEP_COUNT));
    lua_Integer place = lua_tointeger(L, lua_upvalueindex(STEP_PLACE));
    bool sequence = lua_isnil(L, lua_upvalueindex(STEP_KEYS));
    while (place < count) {
        place++;
        if (sequence) {
            lua_pushinteger(L, place);
            lua_rawgeti(L, lua_upvalueindex(STEP_TABLE), place);
        } else {
            lua_rawgeti(L, lua_upvalueindex(STEP_KEYS), place);
            lua_pushvalue(L, -1);
            lua_rawget(L, lua_upvalueindex(STEP_TABLE));
        }
        if (!lua_isnil(L, -1)) {
            lua_pushinteger(L, place);
            lua_replace(L, lua_upvalueindex(STEP_PLACE));
            return 2;
        }
        lua_pop(L, 2);
    }
    lua_pushinteger(L, count);
    lua_replace(L, lua_upvalueindex(STEP_PLACE));
    lua_pushnil(L);
    return 1;
}

static int pairs_continued(lua_State *L, int status, lua_KContext context) {
    (void)L;
    (void)status;
    (void)context;
    return 3;
}

static int base_pairs(lua_State *L) {
    luaL_checkany(L, 1);
    if (luaL_getmetafield(L, 1, "__pairs") != LUA_TNIL) {
        lua_pushvalue(L, 1);
        lua_callk(L, 1, 3, 0, pairs_continued);
        return 3;
    }
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    bool sequence;
    lua_Integer count = count_keys(L, &sequence);
    sandbox_charge(L, count);
    luaL_argcheck(L, count < INT32_MAX, 1, "too many keys");
    lua_pushvalue(L, 1);
    lua_pushinteger(L, count);
    lua_pushinteger(L, 0);
    if (sequence) {
        lua_pushnil(L);
    } else {
        push_ordered_keys(L, (unsigned)count);
    }
    lua_pushcclosure(L, step, 4);
    lua_pushvalue(L, 1);
    lua_pushnil(L);
    return 3;
}

/* The smallest key above the one given (all of them, when it is nil). */
static int base_next(lua_State *L) {
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 2);
    bool first = lua_isnil(L, 2);
    struct key after = {0};
    struct key best = {0};
    if (!first) {
        read_key(L, 2, &after);
        if (after.class == KEY_INTEGER && after.as.integer < LUA_MAXINTEGER) {
            lua_pushinteger(L, after.as.integer + 1);
            if (lua_rawgeti(L, 1, after.as.integer + 1) != LUA_TNIL) { return 2; }
            lua_settop(L, 2);
        }
    }
    bool found = false;
    int64_t steps = 0;
    lua_pushnil(L); /* 3: the best key so far */
    lua_pushnil(L);
    while (lua_next(L, 1)) {
        struct key key;
        lua_pop(L, 1);
        steps++;
        read_key(L, 4, &key);
        if ((first || key_less(&after, &key)) && (!found || key_less(&key, &best))) {
            found = true;
            best = key;
            lua_copy(L, 4, 3);
        }
    }
    sandbox_charge(L, steps / 4);
    lua_settop(L, 3);
    if (!found) { return 1; }
    lua_pushvalue(L, 3);
    lua_rawget(L, 1);
    return 2;
}

static int ipairs_step(lua_State *L) {
    lua_Integer i = (lua_Integer)((lua_Unsigned)luaL_checkinteger(L, 2) + 1);
    lua_pushinteger(L, i);
    return lua_geti(L, 1, i) == LUA_TNIL ? 1 : 2;
}

static int base_ipairs(lua_State *L) {
    luaL_checkany(L, 1);
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_pushvalue(L, 1);
    lua_pushinteger(L, 0);
    return 3;
}

void lib_iterate_open(lua_State *L) {
    static const luaL_Reg functions[] = {
        {"pairs", base_pairs},
        {"next", base_next},
        {NULL, NULL},
    };
    set_functions(L, functions);
    push_function(L, ipairs_step);
    lua_pushcclosure(L, base_ipairs, 1);
    lua_setfield(L, -2, "ipairs");
}
