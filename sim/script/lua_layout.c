/*
 * Layouts: messages as fields in order, without names or tags, as models in C write them.
 *
 * "integer" is a message that is one number; { "term", "name:string" } one that is a table. An
 * integer that is nil is the wall's SIM_NONE, both ways.
 */
#include <string.h>

#include "base/value.h"
#include "script/internal.h"
#include "script/lua_message.h"

enum { FIELDS_MAX = 64, FIELDS_QUICK_MAX = 24 };
static const char *const kind_names[FIELD_KINDS] = {"integer", "number", "boolean", "string",
                                                    "value"};

static enum field_kind kind_named(lua_State *L, const char *name, const char *type) {
    for (size_t i = 0; i < FIELD_KINDS; i++)
        if (strcmp(kind_names[i], name) == 0) return (enum field_kind)i;
    lua_pushfstring(L, "message \"%s\"", type);
    raise_unknown(L, lua_tostring(L, -1), "kind of field", name, kind_names, FIELD_KINDS);
}

struct layout *to_layout(lua_State *L, int index, const char *type) {
    struct script *script = script_of(L);
    index = lua_absindex(L, index);
    const bool scalar = lua_type(L, index) == LUA_TSTRING;
    const size_t count = scalar ? 1 : lua_rawlen(L, index);
    if (!scalar && (!lua_istable(L, index) || count == 0 || count > FIELDS_MAX))
        raise(L,
              "message \"%s\": found %s; expected \"integer\" or a list of fields, { \"term\", "
              "\"name:string\" }",
              type, shown(L, index));
    struct layout *layout =
        script_keep_zeroed(script, sizeof *layout + count * sizeof *layout->fields);
    layout->scalar = scalar;
    layout->count = (uint32_t)count;
    lua_createtable(L, (int)count, 0);
    for (size_t i = 0; i < count; i++) {
        if (scalar)
            lua_pushvalue(L, index);
        else
            lua_rawgeti(L, index, (lua_Integer)i + 1);
        const char *field = to_string(L, -1, "a field of a message");
        const char *colon = scalar ? NULL : strchr(field, ':');
        layout->fields[i].kind = scalar  ? kind_named(L, field, type)
                                 : colon ? kind_named(L, colon + 1, type)
                                         : FIELD_INTEGER;
        const size_t size = colon ? (size_t)(colon - field) : strlen(field);
        layout->fields[i].name = script_keep(script, field, size);
        lua_pop(L, 1);
        lua_pushstring(L, layout->fields[i].name);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    layout->names = luaL_ref(L, LUA_REGISTRYINDEX);
    if (count <= FIELDS_QUICK_MAX) {
        layout->order = script_keep_zeroed(script, count * sizeof *layout->order);
        layout->place = script_keep_zeroed(script, count);
    }
    return layout;
}

static int raise_field(lua_State *L, const char *type, const char *name, enum field_kind kind) {
    raise(L, "message \"%s\": %s: found %s; expected a field of kind %s", type, name, shown(L, -1),
          kind_names[kind]);
}

/* The field is on top. */
static void encode_field(lua_State *L, const char *type, const char *name, enum field_kind kind,
                         struct writer *w) {
    size_t size;
    switch (kind) {
    case FIELD_INTEGER:
        if (lua_isinteger(L, -1))
            put_i64(w, lua_tointeger(L, -1));
        else if (lua_isnil(L, -1))
            put_i64(w, SIM_NONE);
        else
            raise_field(L, type, name, kind);
        break;
    case FIELD_NUMBER: {
        if (lua_type(L, -1) != LUA_TNUMBER) raise_field(L, type, name, kind);
        struct writer skipped = *w;
        put_value_number(w, lua_tonumber(L, -1)); /* nan canonical; without its tag */
        memmove(w->data + skipped.size, w->data + skipped.size + 1, sizeof(double));
        w->size--;
        break;
    }
    case FIELD_BOOLEAN: put_bool(w, lua_toboolean(L, -1)); break;
    case FIELD_STRING: {
        if (lua_type(L, -1) != LUA_TSTRING) raise_field(L, type, name, kind);
        const char *string = lua_tolstring(L, -1, &size);
        put_string(w, string, size);
        break;
    }
    default: message_encode(L, -1, w);
    }
}

static int raise_other_field(lua_State *L, int index, const struct layout *layout,
                             const char *type) {
    const char *names[FIELDS_MAX];
    for (uint32_t i = 0; i < layout->count; i++) names[i] = layout->fields[i].name;
    lua_pushfstring(L, "message \"%s\"", type);
    const char *call = lua_tostring(L, -1);
    for (lua_pushnil(L); lua_next(L, index); lua_pop(L, 1)) {
        bool known = false;
        for (uint32_t i = 0; i < layout->count && !known; i++)
            known = lua_type(L, -2) == LUA_TSTRING && strcmp(names[i], lua_tostring(L, -2)) == 0;
        if (known) continue;
        lua_pushvalue(L, -2);
        raise_unknown(L, call, "field", sandbox_tostring(L, -1, NULL), names, layout->count);
    }
    raise(L, "%s: a field came twice", call); /* cannot be: a table's keys differ */
}

/* Most tables give their keys in the order of the last one: then one walk finds all values, and
 * that there are no others. The names' list holds the keys, so a pointer stays theirs. */
static bool encode_quickly(lua_State *L, int index, const struct layout *layout, const char *type,
                           struct writer *w) {
    const int top = lua_gettop(L);
    uint32_t i = 0;
    if (!layout->order || !layout->order[0]) return false;
    luaL_checkstack(L, 2 * FIELDS_QUICK_MAX + 8, NULL);
    for (lua_pushnil(L); lua_next(L, index); lua_pushvalue(L, -2), i++)
        if (i == layout->count || lua_topointer(L, -2) != layout->order[i]) break;
    if (i == layout->count && lua_gettop(L) == top + 2 * (int)i) {
        for (i = 0; i < layout->count; i++) {
            lua_pushvalue(L, top + 2 + 2 * layout->place[i]);
            encode_field(L, type, layout->fields[i].name, layout->fields[i].kind, w);
            lua_pop(L, 1);
        }
        lua_settop(L, top);
        return true;
    }
    lua_settop(L, top);
    return false;
}

/* Remembers the order of a table that has all fields and no others. */
static void remember_order(lua_State *L, int index, const struct layout *layout) {
    if (!layout->order) return;
    lua_rawgeti(L, LUA_REGISTRYINDEX, layout->names);
    const int names = lua_gettop(L);
    uint32_t at = 0;
    layout->order[0] = NULL;
    for (lua_pushnil(L); lua_next(L, index); lua_pop(L, 1), at++)
        for (uint32_t i = 0; i < layout->count; i++) {
            lua_rawgeti(L, names, (lua_Integer)i + 1);
            const bool same = lua_rawequal(L, -1, -3);
            if (same) {
                layout->order[at] = lua_topointer(L, -1);
                layout->place[i] = (uint8_t)at;
                /* A long string has many copies, and its pointer says nothing. */
                if (lua_topointer(L, -1) != lua_topointer(L, -3)) layout->order[at] = NULL;
            }
            lua_pop(L, 1);
        }
    lua_settop(L, names - 1);
}

void layout_encode(lua_State *L, int index, const struct layout *layout, const char *type,
                   struct writer *w) {
    index = lua_absindex(L, index);
    if (layout->scalar) {
        lua_pushvalue(L, index);
        encode_field(L, type, "the message", layout->fields[0].kind, w);
        lua_pop(L, 1);
        return;
    }
    if (!lua_istable(L, index))
        raise(L, "message \"%s\": found %s; expected a table of its fields", type, shown(L, index));
    if (encode_quickly(L, index, layout, type, w)) return;
    uint32_t present = 0, there = 0;
    lua_rawgeti(L, LUA_REGISTRYINDEX, layout->names);
    for (uint32_t i = 0; i < layout->count; i++) {
        lua_rawgeti(L, -1, (lua_Integer)i + 1);
        present += lua_rawget(L, index) != LUA_TNIL;
        encode_field(L, type, layout->fields[i].name, layout->fields[i].kind, w);
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
    for (lua_pushnil(L); lua_next(L, index); lua_pop(L, 1)) there++;
    if (there != present) raise_other_field(L, index, layout, type);
    if (there == layout->count) remember_order(L, index, layout);
}

static bool decode_field(lua_State *L, enum field_kind kind, struct reader *r) {
    size_t size;
    switch (kind) {
    case FIELD_INTEGER: {
        const int64_t number = get_i64(r);
        if (number == SIM_NONE)
            lua_pushnil(L);
        else
            lua_pushinteger(L, number);
        break;
    }
    case FIELD_NUMBER: {
        const uint64_t bits = get_u64(r);
        double number;
        memcpy(&number, &bits, sizeof number);
        lua_pushnumber(L, number);
        break;
    }
    case FIELD_BOOLEAN: lua_pushboolean(L, get_bool(r)); break;
    case FIELD_STRING: {
        const uint8_t *string = get_string(r, &size);
        lua_pushlstring(L, r->bad ? "" : (const char *)string, size);
        break;
    }
    default: {
        const size_t start = r->at;
        if (!value_skip(r)) return false;
        return message_decode(L, (struct sim_bytes){r->data + start, r->at - start});
    }
    }
    return !r->bad;
}

bool layout_decode(lua_State *L, const struct layout *layout, struct sim_bytes bytes) {
    struct reader r = reader_over(bytes.data, bytes.size);
    const int top = lua_gettop(L);
    bool good = true;
    if (layout->scalar) {
        good = decode_field(L, layout->fields[0].kind, &r);
    } else {
        lua_rawgeti(L, LUA_REGISTRYINDEX, layout->names);
        lua_createtable(L, 0, (int)layout->count);
        for (uint32_t i = 0; i < layout->count && good; i++) {
            lua_rawgeti(L, top + 1, (lua_Integer)i + 1);
            good = decode_field(L, layout->fields[i].kind, &r);
            lua_rawset(L, top + 2);
        }
        lua_remove(L, top + 1);
    }
    if (good && r.at == r.size) return true;
    lua_settop(L, top);
    lua_pushnil(L);
    return false;
}
