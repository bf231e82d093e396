/*
 * Lua values as canonical bytes (base/value.h), and back: what travels in messages and lies on
 * disks.
 *
 * A message is a copy, never shared. nil, booleans, numbers, strings, lists and maps with keys of
 * integers and strings; anything else is an error. A type that a model declares with a layout is
 * fields in order without names, as C models write them: integers of 8 bytes little-endian, and so
 * on.
 */
#ifndef SCRIPT_LUA_MESSAGE_H
#define SCRIPT_LUA_MESSAGE_H

#include <lua.h>

#include "base/codec.h"
#include "wall/model.h"

struct shapes; /* remembered sets of keys */
struct shapes *shapes_open(void);
void shapes_close(struct shapes *);

/* All [raise]. */
void message_encode(lua_State *, int index, struct writer *);
/* False, with nil pushed, when the bytes are no value. */
bool message_decode(lua_State *, struct sim_bytes);

enum field_kind {
    FIELD_INTEGER,
    FIELD_NUMBER,
    FIELD_BOOLEAN,
    FIELD_STRING,
    FIELD_VALUE,
    FIELD_KINDS
};
struct layout {
    bool scalar; /* one field, which is the message itself */
    uint32_t count;
    int names; /* reference: the list of names */
    const void *
        *order;     /* the keys' objects in the order in which the last table gave them, or NULL */
    uint8_t *place; /* of each field in that order */
    struct {
        const char *name;
        enum field_kind kind;
    } fields[];
};
/* "integer", or { "term", "name:string", ... }; the script keeps it. */
struct layout *to_layout(lua_State *, int index, const char *type);
void layout_encode(lua_State *, int index, const struct layout *, const char *type,
                   struct writer *);
bool layout_decode(lua_State *, const struct layout *, struct sim_bytes);

#endif
