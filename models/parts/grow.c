#include "parts/grow.h"

#include <string.h>

#include "base/memory.h"

enum { FIRST_CAPACITY = 8 };

void *array_room(struct memory *memory, void *array, size_t *capacity, size_t count, size_t size) {
    if (count < *capacity) return array;
    const size_t wanted = *capacity ? *capacity * 2 : FIRST_CAPACITY;
    array = memory_resize(memory, array, *capacity * size, wanted * size);
    *capacity = wanted;
    return array;
}

void *ring_room(struct memory *memory, void *ring, size_t *capacity, size_t *first, size_t count,
                size_t size) {
    if (count < *capacity) return ring;
    const size_t wanted = *capacity ? *capacity * 2 : FIRST_CAPACITY;
    const size_t tail = *capacity - *first; /* elements before the end of the old one */
    unsigned char *larger = memory_take(memory, wanted * size), *old = ring;
    if (count > 0) {
        memcpy(larger, old + *first * size, tail * size);
        memcpy(larger + tail * size, old, *first * size);
    }
    memory_give(memory, ring, *capacity * size);
    *capacity = wanted;
    *first = 0;
    return larger;
}
