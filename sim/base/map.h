/*
 * A small map from 64-bit keys to 32-bit values: open addressing, linear probing, deletion by
 * moving back, so no tombstones gather. The order of its slots depends on hashes: nothing may walk
 * it where order matters. A zeroed struct is an empty map. Owner: who declared it; map_free when
 * done.
 */
#ifndef BASE_MAP_H
#define BASE_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/memory.h"

struct map_slot { uint64_t key; uint32_t value, used; };
struct map {
    struct map_slot *slots;
    size_t count, mask; /* mask + 1 slots, a power of two; none while slots is NULL */
    unsigned shift;     /* of a product, to the bits that choose a slot */
};

#define MAP_NONE UINT32_MAX

static inline size_t map_home(const struct map *m, uint64_t key) {
    /* Fibonacci hashing: Knuth, vol. 3, 6.4 */
    return (size_t)(key * UINT64_C(0x9e3779b97f4a7c15) >> m->shift);
}
static inline uint32_t map_get(const struct map *m, uint64_t key) {
    if (!m->slots) return MAP_NONE;
    for (size_t i = map_home(m, key); m->slots[i].used; i = (i + 1) & m->mask)
        if (m->slots[i].key == key) return m->slots[i].value;
    return MAP_NONE;
}
void map_set(struct map *, uint64_t key, uint32_t value); /* adds or replaces */
void map_remove(struct map *, uint64_t key);              /* nothing when it is not there */
void map_clear(struct map *);                             /* keeps its memory */
void map_free(struct map *);

#endif
