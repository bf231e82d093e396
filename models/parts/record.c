#include "parts/record.h"

/* Multiply and shift, eight bytes at a time; the constants are those of base/random.h's mixing. */
static uint64_t mix(uint64_t hash, uint64_t word) {
    hash ^= word * UINT64_C(0x9e3779b97f4a7c15);
    hash ^= hash >> 29;
    hash *= UINT64_C(0xbea225f9eb34556d);
    return hash ^ (hash >> 32);
}

uint64_t record_hash(uint64_t seed, const void *bytes, size_t size) {
    const uint8_t *p = bytes;
    uint64_t hash = mix(seed ^ UINT64_C(0x5851f42d4c957f2d), (uint64_t)size);
    for (; size >= 8; p += 8, size -= 8) hash = mix(hash, load_u64(p));
    if (size > 0) {
        uint8_t tail[8] = {0};
        memcpy(tail, p, size);
        hash = mix(hash, load_u64(tail));
    }
    return mix(hash, 0); /* the last word's high bits reach the low ones */
}

static uint32_t checksum(const void *payload, size_t size) {
    return (uint32_t)record_hash(0, payload, size);
}

void record_write(struct writer *w, const void *payload, size_t size) {
    put_u32(w, (uint32_t)size);
    put_u32(w, checksum(payload, size));
    put_bytes(w, payload, size);
}

enum record_state record_read(struct sim_bytes log, size_t at, struct sim_bytes *payload,
                              size_t *next) {
    if (at == log.size) return RECORD_END;
    if (at > log.size) return RECORD_TORN;
    struct reader r = reader_over(log.data + at, log.size - at);
    const size_t size = get_u32(&r);
    const uint32_t expected = get_u32(&r);
    const uint8_t *bytes = get_bytes(&r, size);
    if (r.bad || size == 0 || checksum(bytes, size) != expected) return RECORD_TORN;
    *payload = (struct sim_bytes){bytes, size};
    *next = at + r.at;
    return RECORD_WHOLE;
}

size_t record_scan(struct sim_bytes log) {
    size_t at = 0;
    struct sim_bytes payload;
    while (record_read(log, at, &payload, &at) == RECORD_WHOLE) {}
    return at;
}
