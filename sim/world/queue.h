/*
 * The event queue: a 4-ary heap of 16-byte keys, (time, order, slot) packed so that one 128-bit
 * comparison decides. Order is the number under which the entry was scheduled, so entries of one
 * instant leave in the order in which they came, and no two keys are equal.
 *
 * Four children share a cache line (the array starts 48 bytes into one), which halves the misses of
 * a binary heap; a packed key needs no look at what it stands for. Measured against calendar queues,
 * which collapse off the load they were tuned for. Push O(log n), pop O(log n), nothing allocates:
 * the address space for the most entries is reserved at the start and touched as needed.
 */
#ifndef WORLD_QUEUE_H
#define WORLD_QUEUE_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/wide.h"

typedef uint128 queue_key;

enum { QUEUE_SLOT_BITS = 24, QUEUE_ORDER_BITS = 40 };

struct queue {
    queue_key *keys;
    size_t count, max;
    void *region;
    size_t region_bytes;
};

void queue_open(struct queue *, size_t max);
void queue_close(struct queue *);

static inline queue_key queue_key_make(int64_t t, uint64_t order, uint32_t slot) {
    return (queue_key)(uint64_t)t << 64 | order << QUEUE_SLOT_BITS | slot;
}
static inline int64_t queue_key_time(queue_key key) { return (int64_t)(uint64_t)(key >> 64); }
static inline uint64_t queue_key_order(queue_key key) { return (uint64_t)key >> QUEUE_SLOT_BITS; }
static inline uint32_t queue_key_slot(queue_key key) {
    return (uint32_t)key & ((UINT32_C(1) << QUEUE_SLOT_BITS) - 1);
}

static inline void queue_push(struct queue *q, queue_key key) {
    queue_key *a = q->keys;
    size_t i = q->count++;
    assert(q->count <= q->max);
    while (i) {
        const size_t parent = (i - 1) / 4;
        if (key >= a[parent]) break;
        a[i] = a[parent];
        i = parent;
    }
    a[i] = key;
}

static inline queue_key queue_pop(struct queue *q) {
    queue_key *a = q->keys;
    const queue_key least = a[0], last = a[--q->count];
    const size_t n = q->count;
    size_t i = 0;
    for (;;) {
        const size_t child = i * 4 + 1;
        size_t best = child;
        if (child + 4 <= n) {
            const size_t left = a[child + 1] < a[child] ? child + 1 : child;
            const size_t right = a[child + 3] < a[child + 2] ? child + 3 : child + 2;
            best = a[right] < a[left] ? right : left;
        } else {
            if (child >= n) break;
            for (size_t k = child + 1; k < n; k++)
                if (a[k] < a[best]) best = k;
        }
        if (a[best] >= last) break;
        a[i] = a[best];
        i = best;
    }
    a[i] = last;
    return least;
}

/* Address space that costs memory only where it is touched; zeroed. Ends the program on failure. */
void *region_reserve(size_t bytes);
void region_release(void *, size_t bytes);

#endif
