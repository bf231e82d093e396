/*
 * Values that have no fixed shape, as canonical bytes: a history's keys and values, a Lua message.
 *
 * A value is a tag byte and its contents: nil, false, true, an integer (8 bytes), a number (IEEE
 * double, 8 bytes, nan canonical), a string (length, bytes), a list (count, values) or a map
 * (count, then key and value by turns, keys in the order integers, strings by bytes). Equal values
 * have equal bytes. Reading checks everything: hostile bytes give an error, never a crash; nesting
 * is bounded.
 */
#ifndef BASE_VALUE_H
#define BASE_VALUE_H

#include "base/codec.h"
#include "base/text.h"

enum value_tag {
    VALUE_NIL, VALUE_FALSE, VALUE_TRUE, VALUE_INTEGER, VALUE_NUMBER, VALUE_STRING, VALUE_LIST,
    VALUE_MAP,
};
enum { VALUE_DEPTH_MAX = 32 };

static inline void put_value_nil(struct writer *w) { put_u8(w, VALUE_NIL); }
static inline void put_value_bool(struct writer *w, bool v) {
    put_u8(w, v ? VALUE_TRUE : VALUE_FALSE);
}
static inline void put_value_integer(struct writer *w, int64_t v) {
    put_u8(w, VALUE_INTEGER);
    put_i64(w, v);
}
void put_value_number(struct writer *w, double v);
static inline void put_value_string(struct writer *w, const void *bytes, size_t size) {
    put_u8(w, VALUE_STRING);
    put_string(w, bytes, size);
}
/* Then that many values, or pairs. */
static inline void put_value_list(struct writer *w, uint32_t count) {
    put_u8(w, VALUE_LIST);
    put_u32(w, count);
}
static inline void put_value_map(struct writer *w, uint32_t count) {
    put_u8(w, VALUE_MAP);
    put_u32(w, count);
}

/* The value as JSON; empty bytes are null. False when the bytes are no value; then "null" is
   added. */
bool value_to_json(struct text *, const void *bytes, size_t size);
/* Passes over one value. False, and the reader is bad, when there is none. */
bool value_skip(struct reader *);

#endif
