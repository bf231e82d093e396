/*
 * Slots: fixed places for what waits, two cache lines each, in address space reserved at the start.
 *
 * A message of up to 64 bytes lives in its slot; a larger one in the world's memory. Free slots are
 * a stack, so the warmest is used again first. Running out is a limit error of the run, not a
 * crash.
 */
#include <stdio.h>
#include <stdlib.h>

#include "world/world.h"

uint32_t slot_take_new(struct world *w) {
    if (w->slots_used >= w->slots_max) {
        /* The reserve holds what one event can still add before the loop sees that it must stop. */
        world_fail(w, WORLD_LIMIT,
                   "more than %u events are pending (messages, timers, disk operations)",
                   w->slots_max);
        if (w->slots_used == w->slots_max + SLOTS_RESERVE) {
            fprintf(stderr, "orrery: one event schedules more than the queue can hold\n");
            exit(4);
        }
    }
    if (w->slots_used == REGION_LARGE / sizeof *w->slots) {
        const size_t places = w->slots_max + (size_t)SLOTS_RESERVE + 1;
        region_grown(w->slots, places * sizeof *w->slots);
        region_grown(w->lines, places * sizeof *w->lines);
        region_grown(w->queue.region, w->queue.region_bytes);
    }
    return w->slots_used++;
}

void *under_way_take(struct world *w, size_t size) {
    const size_t most = w->options.under_way_max;
    if (most && memory_used(w->memory) + size > most)
        world_fail(w, WORLD_LIMIT,
                   "more than %zu MB of messages and disk orders are under way; is a link or a "
                   "disk too slow for them?",
                   most >> 20);
    return memory_take(w->memory, size);
}

uint8_t *slot_reserve(struct world *w, struct slot *s, size_t size) {
    assert(size <= UINT32_MAX);
    s->size = (uint32_t)size;
    s->flags &= (uint8_t)~SLOT_LARGE;
    if (size <= SLOT_INLINE) return s->bytes;
    s->flags |= SLOT_LARGE;
    s->large = under_way_take(w, size);
    return s->large;
}

void slot_free_large(struct world *w, struct slot *s) {
    memory_give(w->memory, s->large, s->size);
    s->flags &= (uint8_t)~SLOT_LARGE;
}

/* A bijection of the 40-bit orders, keyed by the seed: four Feistel rounds on halves of 20 bits. So
 * events of one instant change places and no two orders ever meet. */
uint64_t order_shuffled(const struct world *w, uint64_t order) {
    uint64_t left = order >> 20, right = order & 0xfffff;
    for (uint64_t round = 0; round < 4; round++) {
        const uint64_t mixed = left ^ (random_at(w->tie_key + round, right) & 0xfffff);
        left = right;
        right = mixed;
    }
    return left << 20 | right;
}
