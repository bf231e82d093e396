#include "raft/laws/recent.h"

static void grow(struct recent *r, struct memory *memory) {
    const int64_t capacity = r->capacity ? r->capacity * 4 : 256;
    struct recent_entry *ring = memory_take(memory, (size_t)capacity * sizeof *ring);
    for (int64_t i = 0; i < r->capacity; i++)
        if (r->ring[i].index > 0) ring[r->ring[i].index & (capacity - 1)] = r->ring[i];
    memory_give(memory, r->ring, (size_t)r->capacity * sizeof *ring);
    r->ring = ring;
    r->capacity = capacity;
}

struct recent_entry *recent_at(struct recent *r, struct memory *memory, int64_t index) {
    while (r->capacity < RECENT_MAX) {
        const struct recent_entry *e = r->capacity ? &r->ring[index & (r->capacity - 1)] : NULL;
        if (e && (e->index == 0 || e->index == index)) break;
        grow(r, memory);
    }
    struct recent_entry *e = &r->ring[index & (r->capacity - 1)];
    return e->index > index ? NULL : e;
}
