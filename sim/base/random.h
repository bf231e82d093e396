/*
 * Counter-based random streams: a draw is hash(key, index), nothing else.
 *
 * So a stream is two words, draws cost no state to save, and the draws of one stream move nobody
 * else's (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC'11). The mixing is two
 * rounds of xor-shift and multiply with the key let in at both, so that two keys never share a
 * sequence at an offset, as the plain SplitMix construction would.
 *
 * No two draws go in one expression: C does not say which comes first.
 */
#ifndef BASE_RANDOM_H
#define BASE_RANDOM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/wide.h"

struct random {
    uint64_t key, index;
};

static inline uint64_t random_at(uint64_t key, uint64_t index) {
    uint64_t x = key + index * UINT64_C(0x9e3779b97f4a7c15);
    x = (x ^ (x >> 32)) * UINT64_C(0xbea225f9eb34556d);
    x ^= (x >> 29) ^ (key << 25 | key >> 39);
    x *= UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 32);
}

/* The key of a stream from the key of what it belongs to. */
static inline uint64_t random_key(uint64_t parent, uint64_t what) {
    return random_at(parent ^ UINT64_C(0x5851f42d4c957f2d), what);
}
/* The key of the nth stream that belongs to `parent` at an instant. Linear, as each draw mixes
 * it: two such streams meet only where a sum of odd multiples does. */
static inline uint64_t random_key_then(uint64_t parent, int64_t instant, uint64_t n) {
    return parent + (uint64_t)instant * UINT64_C(0xd1342543de82ef95) +
           n * UINT64_C(0xaf251af3b0f025b5);
}
uint64_t random_key_named(uint64_t parent, const char *kind, const char *name);

static inline uint64_t draw(struct random *r) { return random_at(r->key, r->index++); }

/* 0 <= result < bound; bound > 0. The bias is below bound / 2^64. */
static inline int64_t draw_below(struct random *r, int64_t bound) {
    return (int64_t)(((uint128)draw(r) * (uint64_t)bound) >> 64);
}
/* True in ppb of a billion cases; ppb 0 and 1e9 are certain. Always one draw. */
static inline bool draw_chance(struct random *r, int64_t ppb) {
    return draw_below(r, 1000000000) < ppb;
}

#endif
