/*
 * Canonical bytes: little-endian, fixed widths, no padding. Message bodies, disk contents and state
 * encodings go through here, never through memcpy of a struct, so that a digest is the same on
 * every machine. A reader never runs past its end: it turns bad, and gives zeros.
 */
#ifndef BASE_CODEC_H
#define BASE_CODEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct writer {
    uint8_t *data;
    size_t size, capacity;
    bool grows; /* data is malloc'ed and grows (writer_free); else a buffer of the caller's */
    bool bad;   /* a buffer that was too small: nothing is written past its end */
};
struct reader {
    const uint8_t *data;
    size_t size, at;
    bool bad; /* something past the end was asked for */
};

bool writer_reserve(struct writer *, size_t more); /* false, and bad, when it does not fit */
void writer_free(struct writer *);

static inline struct writer writer_over(void *buffer, size_t capacity) {
    return (struct writer){buffer, 0, capacity, false, false};
}
static inline struct writer writer_growing(void) {
    return (struct writer){NULL, 0, 0, true, false};
}
static inline struct reader reader_over(const void *data, size_t size) {
    return (struct reader){data, size, 0, false};
}

static inline void store_u64(uint8_t *p, uint64_t v) {
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    v = __builtin_bswap64(v);
#endif
    memcpy(p, &v, 8);
}
static inline uint64_t load_u64(const uint8_t *p) {
    uint64_t v;
    memcpy(&v, p, 8);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    v = __builtin_bswap64(v);
#endif
    return v;
}

static inline void put_bytes(struct writer *w, const void *bytes, size_t size) {
    if (w->capacity - w->size < size && !writer_reserve(w, size)) return;
    if (size) memcpy(w->data + w->size, bytes, size);
    w->size += size;
}
static inline void put_u64(struct writer *w, uint64_t v) {
    if (w->capacity - w->size < 8 && !writer_reserve(w, 8)) return;
    store_u64(w->data + w->size, v);
    w->size += 8;
}
static inline void put_i64(struct writer *w, int64_t v) { put_u64(w, (uint64_t)v); }
static inline void put_u32(struct writer *w, uint32_t v) {
    const uint8_t b[4] = {(uint8_t)v, (uint8_t)(v >> 8), (uint8_t)(v >> 16), (uint8_t)(v >> 24)};
    put_bytes(w, b, 4);
}
static inline void put_u8(struct writer *w, uint8_t v) { put_bytes(w, &v, 1); }
static inline void put_bool(struct writer *w, bool v) { put_u8(w, v ? 1 : 0); }
/* A length of 4 bytes, then the bytes. */
static inline void put_string(struct writer *w, const void *bytes, size_t size) {
    put_u32(w, (uint32_t)size);
    put_bytes(w, bytes, size);
}

static inline const uint8_t *get_bytes(struct reader *r, size_t size) {
    if (r->size - r->at < size) {
        r->bad = true;
        r->at = r->size;
        return NULL;
    }
    if (size == 0) return r->data; /* which may be NULL, and NULL + 0 is undefined */
    r->at += size;
    return r->data + (r->at - size);
}
static inline uint64_t get_u64(struct reader *r) {
    const uint8_t *p = get_bytes(r, 8);
    return p ? load_u64(p) : 0;
}
static inline int64_t get_i64(struct reader *r) { return (int64_t)get_u64(r); }
static inline uint32_t get_u32(struct reader *r) {
    const uint8_t *p = get_bytes(r, 4);
    return p ? (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24
             : 0;
}
static inline uint8_t get_u8(struct reader *r) {
    const uint8_t *p = get_bytes(r, 1);
    return p ? *p : 0;
}
static inline bool get_bool(struct reader *r) { return get_u8(r) != 0; }
/* Borrowed from the reader's data; *size 0 when it does not fit. */
static inline const uint8_t *get_string(struct reader *r, size_t *size) {
    size_t n = get_u32(r);
    const uint8_t *p = get_bytes(r, n);
    *size = p ? n : 0;
    return p;
}

#endif
