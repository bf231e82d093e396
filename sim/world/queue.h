/*
 * The event queue: a 4-ary heap of 16-byte keys, (time, order, slot) packed so that one 128-bit
 * comparison decides. Order is the number under which the entry was scheduled, so entries of one
 * instant leave in the order in which they came, and no two keys are equal.
 *
 * Four children share a cache line (the array starts 48 bytes into one), which halves the misses of
 * a binary heap; a packed key needs no look at what it stands for. Measured against calendar
 * queues, which collapse off the load they were tuned for. Push O(log n), pop O(log n), nothing
 * allocates: the address space for the most entries is reserved at the start and touched as needed.
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
enum { QUEUE_NEAR = 1 << 14 }; /* so many entries are in a near cache anyway */

#define QUEUE_NEVER (~(queue_key)0) /* stands in the four places behind the last entry */

struct queue {
    queue_key *keys;
    size_t size; /* places in use, the hole's too */
    bool hole;   /* at the root; then */
    size_t heir; /* is the least of its children; 0: it has none */
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

/* Where two times are equal the whole keys decide. Apart, so that the usual way needs fewer
   registers. */
static __attribute__((noinline, cold, unused)) size_t queue_least_of_tied(const queue_key *a,
                                                                          size_t first) {
    const size_t left = a[first + 1] < a[first] ? first + 1 : first;
    const size_t right = a[first + 3] < a[first + 2] ? first + 3 : first + 2;
    return a[right] < a[left] ? right : left;
}

/* The least of four neighbours. The walk down the heap is a chain of these, each waiting for the
 * last, so it is short: times alone decide, and without a branch. */
static inline size_t queue_least_of_four(const queue_key *a, size_t first) {
    const queue_key *at = a + first;
    const uint64_t t0 = (uint64_t)(at[0] >> 64), t1 = (uint64_t)(at[1] >> 64);
    const uint64_t t2 = (uint64_t)(at[2] >> 64), t3 = (uint64_t)(at[3] >> 64);
    if (__builtin_expect(t0 == t1, 0) || __builtin_expect(t2 == t3, 0))
        return queue_least_of_tied(a, first);
    const uint64_t l = t1 < t0 ? t1 : t0, r = t3 < t2 ? t3 : t2;
    if (__builtin_expect(l == r, 0)) return queue_least_of_tied(a, first);
    const size_t left = t1 < t0, right = 2 + (t3 < t2);
    return first + left + ((right - left) & -(size_t)(r < l)); /* as gcc would branch here */
}

/* A key looks for its place from i upwards. */
static inline void queue_rise(queue_key *a, size_t i, queue_key key) {
    while (i) {
        const size_t parent = (i - 1) / 4;
        if (key >= a[parent]) break;
        a[i] = a[parent];
        i = parent;
    }
    a[i] = key;
}

/* Whichever of the four it will be, its children are on the way. */
static inline void queue_prefetch_children(const queue_key *a, size_t first) {
    for (size_t i = first; i < first + 4; i++) __builtin_prefetch(&a[i * 4 + 1]);
}

/* Puts a key in the root's place. The least children move up, all the way, and the key rises
 * from where they left a place: most belong near the leaves, so that is fewer comparisons than
 * to ask at each level (Wegener, "Bottom-up heapsort", 1993). */
static inline void queue_sink(struct queue *q, queue_key key, size_t heir) {
    queue_key *a = q->keys;
    const size_t n = q->size;
    const bool far = n > QUEUE_NEAR;
    size_t i = 0;
    for (size_t best = heir; best;) {
        a[i] = a[best];
        i = best;
        const size_t child = i * 4 + 1;
        if (child >= n) break;
        if (far) queue_prefetch_children(a, child);
        best = queue_least_of_four(a, child);
    }
    queue_rise(a, i, key);
}

static inline size_t queue_heir(const struct queue *q) {
    return q->size > 1 ? queue_least_of_four(q->keys, 1) : 0;
}

static inline void queue_push(struct queue *q, queue_key key) {
    if (q->hole) {
        q->hole = false;
        queue_sink(q, key, q->heir);
        return;
    }
    const size_t i = q->size++;
    assert(q->size <= q->max);
    q->keys[q->size + 3] = QUEUE_NEVER;
    queue_rise(q->keys, i, key);
}

static inline void queue_fill_hole(struct queue *q) {
    if (!q->hole) return;
    q->hole = false;
    const queue_key last = q->keys[--q->size];
    q->keys[q->size] = QUEUE_NEVER;
    if (q->size) queue_sink(q, last, queue_heir(q));
}

/* The first entry; there is one. */
static inline queue_key queue_first(struct queue *q) {
    queue_fill_hole(q);
    return q->keys[0];
}

static inline queue_key queue_pop(struct queue *q) {
    queue_fill_hole(q);
    q->hole = true;
    q->heir = queue_heir(q);
    return q->keys[0];
}

/* After a pop: which entry is likely to be next. */
static inline queue_key queue_next_hint(const struct queue *q) { return q->keys[q->heir]; }

/* Address space that costs memory only where it is touched; zeroed. Ends the program on failure. */
void *region_reserve(size_t bytes);
void region_release(void *, size_t bytes);
/* It has grown large: what is touched from here on comes in large pages, where the system has them.
 * Not from the start, as clearing them would cost a small world more than all else. */
void region_grown(void *, size_t bytes);
enum { REGION_LARGE = 1 << 21 }; /* from so many bytes in use on */

#endif
