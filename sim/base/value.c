/*
 * Reading values: hostile bytes are refused, never trusted.
 *
 * The encoding is canonical, one form for one value, and value_skip insists on it: an unknown tag,
 * a nan with another payload, a negative zero, a map whose keys are out of order, doubled, or
 * neither integer nor string, and nesting past VALUE_DEPTH_MAX are all no value. So two values are
 * equal if and only if their bytes are, and a history can be keyed by bytes alone.
 *
 * A count is never believed in advance: each of the things counted takes at least a byte, so the
 * reader's end stops the loop, and the cost is in proportion to the bytes that are there.
 */
#include "base/value.h"

#include <stdio.h>
#include <stdlib.h>

#define CANONICAL_NAN UINT64_C(0x7ff8000000000000)
#define EXPONENT_BITS UINT64_C(0x7ff0000000000000)
#define NEGATIVE_ZERO UINT64_C(0x8000000000000000)

static bool is_nan(uint64_t bits) { return (bits & ~NEGATIVE_ZERO) > EXPONENT_BITS; }
static bool is_infinite(uint64_t bits) { return (bits & ~NEGATIVE_ZERO) == EXPONENT_BITS; }

/* -0.0 == 0.0, so it is written as 0.0: equal values have equal bytes. */
void put_value_number(struct writer *w, double v) {
    uint64_t bits;
    memcpy(&bits, &v, sizeof bits);
    if (is_nan(bits)) bits = CANONICAL_NAN;
    if (bits == NEGATIVE_ZERO) bits = 0;
    put_u8(w, VALUE_NUMBER);
    put_u64(w, bits);
}

/* ---- passing over ---- */

static bool refuse(struct reader *r) {
    r->bad = true;
    r->at = r->size;
    return false;
}

static bool skip(struct reader *r, int depth);

static bool skip_number(struct reader *r) {
    const uint64_t bits = get_u64(r);
    if (bits == NEGATIVE_ZERO || (is_nan(bits) && bits != CANONICAL_NAN)) return refuse(r);
    return !r->bad;
}

static bool skip_list(struct reader *r, int depth) {
    const uint32_t count = get_u32(r);
    for (uint32_t i = 0; i < count; i++) {
        if (!skip(r, depth + 1)) return false;
    }
    return !r->bad;
}

struct key {
    enum value_tag tag;
    int64_t integer;
    const uint8_t *bytes;
    size_t size;
};

static bool get_key(struct reader *r, struct key *key) {
    const uint8_t tag = get_u8(r);
    *key = (struct key){VALUE_NIL, 0, NULL, 0};
    if (r->bad) return false;
    if (tag == VALUE_INTEGER) {
        key->tag = VALUE_INTEGER;
        key->integer = get_i64(r);
    } else if (tag == VALUE_STRING) {
        key->tag = VALUE_STRING;
        key->bytes = get_string(r, &key->size);
    } else {
        return refuse(r);
    }
    return !r->bad;
}

/* The order of keys: integers, then strings by bytes, the shorter first. */
static bool key_before(const struct key *a, const struct key *b) {
    if (a->tag != b->tag) return a->tag == VALUE_INTEGER;
    if (a->tag == VALUE_INTEGER) return a->integer < b->integer;
    const size_t common = a->size < b->size ? a->size : b->size;
    const int order = common ? memcmp(a->bytes, b->bytes, common) : 0;
    return order != 0 ? order < 0 : a->size < b->size;
}

static bool skip_map(struct reader *r, int depth) {
    const uint32_t count = get_u32(r);
    struct key last = {VALUE_NIL, 0, NULL, 0};
    for (uint32_t i = 0; i < count; i++) {
        struct key key;
        if (!get_key(r, &key)) return false;
        if (i > 0 && !key_before(&last, &key)) return refuse(r);
        last = key;
        if (!skip(r, depth + 1)) return false;
    }
    return !r->bad;
}

/* Recursion is bounded: `depth` lists and maps are open. */
static bool skip(struct reader *r, int depth) {
    if (r->bad) return false;
    const uint8_t tag = get_u8(r);
    if (r->bad) return false;
    size_t size;
    switch (tag) {
    case VALUE_NIL:
    case VALUE_FALSE:
    case VALUE_TRUE: return true;
    case VALUE_INTEGER: get_u64(r); return !r->bad;
    case VALUE_NUMBER: return skip_number(r);
    case VALUE_STRING: get_string(r, &size); return !r->bad;
    case VALUE_LIST: return depth < VALUE_DEPTH_MAX ? skip_list(r, depth) : refuse(r);
    case VALUE_MAP: return depth < VALUE_DEPTH_MAX ? skip_map(r, depth) : refuse(r);
    default: return refuse(r);
    }
}

bool value_skip(struct reader *r) { return skip(r, 0); }

/* ---- JSON, of bytes that value_skip has passed ---- */

/* The shortest of 15 to 17 digits that reads back as the same number, with a point or an exponent
 * so that it stays a number and does not become an integer. JSON has no nan and no infinities: they
 * are written as strings, since null would hide them. */
static void add_number(struct text *text, uint64_t bits) {
    if (is_nan(bits)) {
        text_add(text, "\"nan\"");
        return;
    }
    if (is_infinite(bits)) {
        text_add(text, bits == EXPONENT_BITS ? "\"inf\"" : "\"-inf\"");
        return;
    }
    double number;
    memcpy(&number, &bits, sizeof number);
    char digits[40];
    for (int precision = 15; precision <= 17; precision++) {
        snprintf(digits, sizeof digits, "%.*g", precision, number);
        const double back = strtod(digits, NULL);
        if (memcmp(&back, &number, sizeof back) == 0) break;
    }
    text_add(text, "%s%s", digits, strpbrk(digits, ".e") ? "" : ".0");
}

static void add_value(struct text *text, struct reader *r);

static void add_list(struct text *text, struct reader *r) {
    const uint32_t count = get_u32(r);
    text_add_char(text, '[');
    for (uint32_t i = 0; i < count; i++) {
        if (i > 0) text_add_char(text, ',');
        add_value(text, r);
    }
    text_add_char(text, ']');
}

/* An integer as a key becomes a string, as JSON has no other keys. */
static void add_map(struct text *text, struct reader *r) {
    const uint32_t count = get_u32(r);
    text_add_char(text, '{');
    for (uint32_t i = 0; i < count; i++) {
        struct key key;
        if (i > 0) text_add_char(text, ',');
        get_key(r, &key);
        if (key.tag == VALUE_INTEGER)
            text_add(text, "\"%lld\"", (long long)key.integer);
        else
            text_add_json(text, key.bytes, key.size);
        text_add_char(text, ':');
        add_value(text, r);
    }
    text_add_char(text, '}');
}

static void add_value(struct text *text, struct reader *r) {
    const uint8_t *bytes;
    size_t size;
    switch (get_u8(r)) {
    case VALUE_FALSE: text_add(text, "false"); break;
    case VALUE_TRUE: text_add(text, "true"); break;
    case VALUE_INTEGER: text_add(text, "%lld", (long long)get_i64(r)); break;
    case VALUE_NUMBER: add_number(text, get_u64(r)); break;
    case VALUE_STRING:
        bytes = get_string(r, &size);
        text_add_json(text, bytes, size);
        break;
    case VALUE_LIST: add_list(text, r); break;
    case VALUE_MAP: add_map(text, r); break;
    default: text_add(text, "null");
    }
}

bool value_to_json(struct text *text, const void *bytes, size_t size) {
    if (size == 0) {
        text_add(text, "null");
        return true;
    }
    struct reader check = reader_over(bytes, size);
    if (!value_skip(&check) || check.at != size) {
        text_add(text, "null");
        return false;
    }
    struct reader r = reader_over(bytes, size);
    add_value(text, &r);
    return true;
}
