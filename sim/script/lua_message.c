/*
 * See lua_message.h.
 *
 * Maps are written with sorted keys, and Lua's own order is that of a hash. Sorting each message
 * would cost more than the rest, so a *shape* remembers, for a set of keys in the order in which a
 * table gave them, which place each has when sorted, and the bytes that name them. A table of a
 * shape seen before is then written by comparing pointers (Lua keeps one copy of each short string;
 * the shape holds on to its keys, so a pointer stays theirs), and read by comparing bytes, its keys
 * taken from the shape instead of being hashed anew.
 */
#include "script/lua_message.h"

#include <stdlib.h>
#include <string.h>

#include "base/value.h"
#include "script/internal.h"
#include "script/lua_node.h"

enum { SHAPE_KEYS_MAX = 16, SHAPE_SLOTS = 128, SHORT_STRING_MAX = 40, KEY_HEADER_BYTES = 5 };

struct shape {
    uint32_t count, busy;                  /* busy: tables that are being written by it */
    int keys;                              /* reference: list of the keys, sorted */
    const void *order[SHAPE_KEYS_MAX];     /* the strings' objects, as the table gives them */
    uint8_t sorted[SHAPE_KEYS_MAX];        /* the i-th key when sorted is order[sorted[i]] */
    uint16_t bytes_at[SHAPE_KEYS_MAX + 1]; /* of the i-th sorted key, in bytes */
    uint8_t bytes[SHAPE_KEYS_MAX * (SHORT_STRING_MAX + KEY_HEADER_BYTES)];
};
struct shapes {
    struct shape *by_pointer[SHAPE_SLOTS]; /* of the first key */
    const struct shape *by_bytes[SHAPE_SLOTS];
};

struct shapes *shapes_open(void) {
    return must_calloc(1, sizeof(struct shapes));
}
void shapes_close(struct shapes *shapes) {
    if (!shapes) return;
    for (size_t i = 0; i < SHAPE_SLOTS; i++) free(shapes->by_pointer[i]);
    free(shapes);
}

static inline size_t slot_of_pointer(const void *key) {
    return ((uintptr_t)key >> 4 ^ (uintptr_t)key >> 11) % SHAPE_SLOTS;
}
/* Of the count and the first key's length and first letters. */
static inline size_t slot_of_bytes(uint32_t count, const uint8_t *key, size_t size) {
    uint64_t hash = count * 31 + size;
    for (size_t i = 0; i < size && i < 4; i++) hash = hash * 31 + key[i];
    if (size) hash = hash * 31 + key[size - 1];
    return hash % SHAPE_SLOTS;
}

static void encode(lua_State *L, int index, struct writer *w, int depth);

/* ---- writing ---- */

static int compare_strings(const char *a, size_t a_size, const char *b, size_t b_size) {
    const int order = memcmp(a, b, a_size < b_size ? a_size : b_size);
    return order ? order : a_size < b_size ? -1 : a_size > b_size;
}

struct key {
    bool is_integer;
    int64_t integer;
    const char *string;
    size_t size;
    const void *object;
};

static int by_key(const void *a, const void *b) {
    const struct key *x = a, *y = b;
    if (x->is_integer != y->is_integer) return x->is_integer ? -1 : 1;
    if (x->is_integer) return x->integer < y->integer ? -1 : x->integer > y->integer;
    return compare_strings(x->string, x->size, y->string, y->size);
}

/* Remembers the shape of keys[0..count), which are in the table's order. */
static void shape_make(lua_State *L, const struct key *keys, uint32_t count) {
    struct shapes *shapes = script_of(L)->nodes->shapes;
    for (uint32_t i = 0; i < count; i++)
        if (keys[i].is_integer || keys[i].size > SHORT_STRING_MAX) return;
    struct shape **slot = &shapes->by_pointer[slot_of_pointer(keys[0].object)];
    if (*slot && (*slot)->busy) return; /* a table around this one is being written by it */
    if (*slot) {
        for (size_t i = 0; i < SHAPE_SLOTS; i++)
            if (shapes->by_bytes[i] == *slot) shapes->by_bytes[i] = NULL;
        luaL_unref(L, LUA_REGISTRYINDEX, (*slot)->keys);
        (*slot)->keys = LUA_NOREF;
        (*slot)->count = 0; /* of no use if what follows raises */
    }
    struct shape made = {.count = count};
    for (uint32_t i = 0; i < count; i++) {
        made.order[i] = keys[i].object;
        uint32_t at = i;
        for (; at && by_key(&keys[i], &keys[made.sorted[at - 1]]) < 0; at--)
            made.sorted[at] = made.sorted[at - 1];
        made.sorted[at] = (uint8_t)i;
    }
    lua_createtable(L, (int)count, 0);
    struct writer w = writer_over(made.bytes, sizeof made.bytes);
    for (uint32_t i = 0; i < count; i++) {
        const struct key *key = &keys[made.sorted[i]];
        made.bytes_at[i] = (uint16_t)w.size;
        put_value_string(&w, key->string, key->size);
        lua_pushlstring(L, key->string, key->size);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    made.bytes_at[count] = (uint16_t)w.size;
    made.keys = luaL_ref(L, LUA_REGISTRYINDEX);
    if (!*slot) *slot = must_calloc(1, sizeof **slot);
    **slot = made;
    const size_t first_size = (size_t)made.bytes_at[1] - KEY_HEADER_BYTES;
    shapes->by_bytes[slot_of_bytes(count, made.bytes + KEY_HEADER_BYTES, first_size)] = *slot;
}

static int raise_not_a_message(lua_State *L, int index) {
    raise(L,
          "found %s; expected what a message or a file can hold: nil, booleans, numbers, strings, "
          "and tables of these",
          shown(L, index));
}

/* Any table: its keys are collected, and sorted. */
static void encode_any_table(lua_State *L, int index, struct writer *w, int depth) {
    size_t count = 0;
    for (lua_pushnil(L); lua_next(L, index); lua_pop(L, 1)) count++;
    sandbox_charge(L, (int64_t)count * 4);
    struct key *keys = scratch(L, count * sizeof *keys);
    size_t at = 0;
    bool list = true;
    for (lua_pushnil(L); lua_next(L, index); lua_pop(L, 1)) {
        struct key *key = &keys[at++];
        if (lua_isinteger(L, -2)) {
            key->is_integer = true;
            key->integer = lua_tointeger(L, -2);
            list = list && key->integer >= 1 && key->integer <= (int64_t)count;
        } else if (lua_type(L, -2) == LUA_TSTRING) {
            key->string = lua_tolstring(L, -2, &key->size);
            key->object = lua_topointer(L, -2);
            list = false;
        } else {
            raise(L,
                  "found a key that is %s; expected integers and strings as the keys of a table "
                  "that travels or is stored",
                  shown(L, -2));
        }
    }
    if (!list && count <= SHAPE_KEYS_MAX) shape_make(L, keys, (uint32_t)count);
    if (list) {
        put_value_list(w, (uint32_t)count);
    } else {
        put_value_map(w, (uint32_t)count);
        qsort(keys, count, sizeof *keys, by_key); /* total: keys differ */
    }
    for (size_t i = 0; i < count; i++) {
        if (list) {
            lua_rawgeti(L, index, (lua_Integer)i + 1);
        } else if (keys[i].is_integer) {
            put_value_integer(w, keys[i].integer);
            lua_rawgeti(L, index, keys[i].integer);
        } else {
            put_value_string(w, keys[i].string, keys[i].size);
            lua_pushlstring(L, keys[i].string, keys[i].size);
            lua_rawget(L, index);
        }
        encode(L, lua_gettop(L), w, depth);
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
}

/* With the first key and value on the stack: true, and they are gone, when the shape is known. Keys
 * and values pile up by turns; only pointers are compared. */
static bool encode_by_shape(lua_State *L, int index, struct writer *w, int depth) {
    const int first_value = lua_gettop(L);
    const void *first = lua_topointer(L, -2);
    struct shape *shape = script_of(L)->nodes->shapes->by_pointer[slot_of_pointer(first)];
    if (!shape || shape->count == 0 || shape->order[0] != first) return false;
    for (uint32_t i = 1;; i++) {
        lua_pushvalue(L, -2);
        if (!lua_next(L, index)) {
            if (i != shape->count) return false;
            break;
        }
        if (i >= shape->count || lua_topointer(L, -2) != shape->order[i]) return false;
    }
    put_value_map(w, shape->count);
    shape->busy++; /* and for ever if an error is raised: then it is replaced no more */
    for (uint32_t i = 0; i < shape->count; i++) {
        put_bytes(w, shape->bytes + shape->bytes_at[i],
                  (size_t)(shape->bytes_at[i + 1] - shape->bytes_at[i]));
        encode(L, first_value + 2 * shape->sorted[i], w, depth);
    }
    shape->busy--;
    lua_settop(L, first_value - 2);
    return true;
}

/* With the first key and value on the stack: true, and they are gone, when it is a plain list. */
static bool encode_list(lua_State *L, int index, struct writer *w, int depth) {
    const size_t start = w->size;
    const int top = lua_gettop(L) - 2;
    const lua_Integer count = (lua_Integer)lua_rawlen(L, index);
    lua_Integer seen = 0;
    put_value_list(w, (uint32_t)count);
    do {
        seen++;
        if (!lua_isinteger(L, -2) || lua_tointeger(L, -2) != seen || seen > count) {
            w->size = start;
            lua_settop(L, top);
            return false;
        }
        encode(L, lua_gettop(L), w, depth);
        lua_pop(L, 1);
    } while (lua_next(L, index));
    if (seen == count) return true;
    w->size = start;
    return false;
}

static void encode_table(lua_State *L, int index, struct writer *w, int depth) {
    if (depth >= VALUE_DEPTH_MAX)
        raise(L, "found a table nested deeper than %d; is it inside itself?", VALUE_DEPTH_MAX);
    luaL_checkstack(L, 2 * SHAPE_KEYS_MAX + 8, NULL);
    const int top = lua_gettop(L);
    lua_pushnil(L);
    if (!lua_next(L, index)) {
        put_value_list(w, 0);
        return;
    }
    if (lua_type(L, -2) == LUA_TSTRING) {
        if (encode_by_shape(L, index, w, depth + 1)) return;
    } else if (encode_list(L, index, w, depth + 1)) {
        return;
    }
    lua_settop(L, top);
    encode_any_table(L, index, w, depth + 1);
}

static void encode(lua_State *L, int index, struct writer *w, int depth) {
    if (lua_isinteger(L, index)) { /* most are */
        put_value_integer(w, lua_tointeger(L, index));
        return;
    }
    switch (lua_type(L, index)) {
    case LUA_TNIL: put_value_nil(w); break;
    case LUA_TBOOLEAN: put_value_bool(w, lua_toboolean(L, index)); break;
    case LUA_TNUMBER: put_value_number(w, lua_tonumber(L, index)); break;
    case LUA_TSTRING: {
        size_t size;
        const char *string = lua_tolstring(L, index, &size);
        if (size > UINT32_MAX) raise(L, "found a string above 4 GiB");
        put_value_string(w, string, size);
        break;
    }
    case LUA_TTABLE: encode_table(L, index, w, depth); break;
    default: raise_not_a_message(L, index);
    }
}

void message_encode(lua_State *L, int index, struct writer *w) {
    encode(L, lua_absindex(L, index), w, 0);
}

/* ---- reading ---- */

static double get_number(struct reader *r) {
    const uint64_t bits = get_u64(r);
    double number;
    memcpy(&number, &bits, sizeof number);
    return number;
}

static bool decode(lua_State *L, struct reader *r, int depth);

static bool decode_list(lua_State *L, struct reader *r, uint32_t count, int depth) {
    lua_createtable(L, (int)count, 0);
    for (uint32_t i = 1; i <= count; i++) {
        if (!decode(L, r, depth)) return false;
        lua_rawseti(L, -2, i);
    }
    return true;
}

static const struct shape *shape_ahead(lua_State *L, const struct reader *r, uint32_t count) {
    struct reader ahead = *r;
    size_t size;
    if (get_u8(&ahead) != VALUE_STRING) return NULL;
    const uint8_t *key = get_string(&ahead, &size);
    if (ahead.bad || !key) return NULL;
    const struct shape *shape =
        script_of(L)->nodes->shapes->by_bytes[slot_of_bytes(count, key, size)];
    return shape && shape->count == count ? shape : NULL;
}

static bool decode_map(lua_State *L, struct reader *r, uint32_t count, int depth) {
    const struct shape *shape = shape_ahead(L, r, count);
    const int keys_ref = shape ? shape->keys : LUA_NOREF;
    if (shape)
        lua_rawgeti(L, LUA_REGISTRYINDEX, keys_ref);
    else
        lua_pushnil(L);
    const int keys = lua_gettop(L);
    lua_createtable(L, 0, (int)count);
    for (uint32_t i = 0; i < count; i++) {
        const size_t size = shape ? (size_t)(shape->bytes_at[i + 1] - shape->bytes_at[i]) : 0;
        if (shape && r->size - r->at >= size &&
            memcmp(r->data + r->at, shape->bytes + shape->bytes_at[i], size) == 0) {
            r->at += size;
            lua_rawgeti(L, keys, (lua_Integer)i + 1);
        } else {
            if (!decode(L, r, depth)) return false;
            if (!lua_isinteger(L, -1) && lua_type(L, -1) != LUA_TSTRING) return false;
        }
        if (!decode(L, r, depth)) return false;
        lua_rawset(L, -3);
    }
    lua_replace(L, keys);
    return true;
}

static bool decode(lua_State *L, struct reader *r, int depth) {
    size_t size;
    if (depth > VALUE_DEPTH_MAX || r->at >= r->size) return false;
    switch (get_u8(r)) {
    case VALUE_NIL: lua_pushnil(L); break;
    case VALUE_FALSE: lua_pushboolean(L, false); break;
    case VALUE_TRUE: lua_pushboolean(L, true); break;
    case VALUE_INTEGER: lua_pushinteger(L, get_i64(r)); break;
    case VALUE_NUMBER: lua_pushnumber(L, get_number(r)); break;
    case VALUE_STRING: {
        const uint8_t *string = get_string(r, &size);
        if (r->bad) return false;
        lua_pushlstring(L, (const char *)string, size);
        break;
    }
    case VALUE_LIST:
    case VALUE_MAP: {
        const bool list = r->data[r->at - 1] == VALUE_LIST;
        const uint32_t count = get_u32(r);
        if (r->bad || count > r->size - r->at) return false; /* each entry has a byte at least */
        luaL_checkstack(L, 8, NULL);
        return list ? decode_list(L, r, count, depth + 1) : decode_map(L, r, count, depth + 1);
    }
    default: return false;
    }
    return !r->bad;
}

bool message_decode(lua_State *L, struct sim_bytes bytes) {
    struct reader r = reader_over(bytes.data, bytes.size);
    const int top = lua_gettop(L);
    if (bytes.size == 0) {
        lua_pushnil(L);
        return true;
    }
    if (decode(L, &r, 0) && r.at == r.size) return true;
    lua_settop(L, top);
    lua_pushnil(L);
    return false;
}
