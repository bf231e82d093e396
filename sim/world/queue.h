/*
 * The event queue: a 4-ary heap of 16-byte keys, (time, order, slot) packed so that one 128-bit
 * comparison decides. Order is the number under which the entry was scheduled, so entries of one
 * instant leave in the order in which they came, and no two keys are equal.
 *
 * Four children share a cache line (the array starts 48 bytes into one), which halves the misses of
 * a binary heap; a packed key needs no look at what it stands for. Measured against calendar queues,
 * which collapse off the load they were tuned for. Push O(log n), pop O(log n), nothing allocates:
 * the address space for the most entries is reserved at the start and touched as needed.
 *
 * What leaves the root leaves a hole there. Most events schedule one: it takes the root's place and
 * sinks, one walk in place of two (the hold operation). Only if nothing comes before the next look,
 * the last entry fills the hole.
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
    size_t size; /* places in use, the hole's too */
    bool hole;   /* at the root */
    size_t max;
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

static inline size_t queue_count(const struct queue *q) { return q->size - q->hole; }

/* The least of four neighbours. */
static inline size_t queue_least_of_four(const queue_key *a, size_t first) {
    const size_t left = a[first + 1] < a[first] ? first + 1 : first;
    const size_t right = a[first + 3] < a[first + 2] ? first + 3 : first + 2;
    return a[right] < a[left] ? right : left;
}

/* Puts a key in the root's place and lets it sink. */
static inline void queue_sink(struct queue *q, queue_key key) {
    queue_key *a = q->keys;
    const size_t n = q->size;
    size_t i = 0;
    for (;;) {
        const size_t child = i * 4 + 1;
        size_t best = child;
        if (child + 4 <= n) {
            best = queue_least_of_four(a, child);
        } else {
            if (child >= n) break;
            for (size_t k = child + 1; k < n; k++)
                if (a[k] < a[best]) best = k;
        }
        if (a[best] >= key) break;
        a[i] = a[best];
        i = best;
    }
    a[i] = key;
}

static inline void queue_push(struct queue *q, queue_key key) {
    if (q->hole) {
        q->hole = false;
        queue_sink(q, key);
        return;
    }
    queue_key *a = q->keys;
    size_t i = q->size++;
    assert(q->size <= q->max);
    while (i) {
        const size_t parent = (i - 1) / 4;
        if (key >= a[parent]) break;
        a[i] = a[parent];
        i = parent;
    }
    a[i] = key;
}

static inline void queue_fill_hole(struct queue *q) {
    if (!q->hole) return;
    q->hole = false;
    if (--q->size) queue_sink(q, q->keys[q->size]);
}

/* The first entry; there is one. */
static inline queue_key queue_first(struct queue *q) {
    queue_fill_hole(q);
    return q->keys[0];
}

static inline queue_key queue_pop(struct queue *q) {
    queue_fill_hole(q);
    q->hole = true;
    return q->keys[0];
}

/* After a pop: which entry is likely to be next. */
static inline queue_key queue_next_hint(const struct queue *q) {
    return q->size >= 5 ? q->keys[queue_least_of_four(q->keys, 1)] : q->keys[0];
}

/* Address space that costs memory only where it is touched; zeroed. Ends the program on failure. */
void *region_reserve(size_t bytes);
void region_release(void *, size_t bytes);

#endif
