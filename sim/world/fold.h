/*
 * The digest's inner step, inline for the two places that every message passes: sending and delivery.
 * trace.c says what it is.
 */
#ifndef WORLD_FOLD_H
#define WORLD_FOLD_H

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "world/world.h"

static inline void fold_fixed(struct world *w, uint64_t cause, uint64_t kind_count_type, uint64_t nodes,
                              uint64_t a, uint64_t b, uint64_t c, uint64_t hash) {
    uint8_t canonical[64];
    store_u64(canonical, cause);
    store_u64(canonical + 8, (uint64_t)w->now);
    store_u64(canonical + 16, kind_count_type);
    store_u64(canonical + 24, nodes);
    store_u64(canonical + 32, a);
    store_u64(canonical + 40, b);
    store_u64(canonical + 48, c);
    store_u64(canonical + 56, hash);
    w->digest = XXH3_64bits_withSeed(canonical, sizeof canonical, w->digest);
}

static inline uint64_t kind_count_type(enum record_kind kind, size_t count, uint32_t type) {
    return (uint64_t)kind | (uint64_t)count << 16 | (uint64_t)type << 32;
}
static inline uint64_t node_and_peer(sim_node node, sim_node peer) { return node | (uint64_t)peer << 32; }
static inline uint64_t c_and_channel(int64_t c, uint32_t channel) {
    return (uint64_t)c ^ (uint64_t)channel << 32; /* no kind of record has both */
}

/* As bytes_hash, with the size of a whole slot known to the compiler. */
static inline uint64_t body_hash(const uint8_t *body, size_t size) {
    return size == SLOT_INLINE ? XXH3_64bits(body, SLOT_INLINE) : bytes_hash(body, size);
}

void record_show_message(const struct world *, enum record_kind, const struct slot *, const char *text);
void record_fold_text(struct world *, const char *text);

static inline int64_t record_message_inline(struct world *w, enum record_kind kind, const struct slot *s,
                                            const char *text) {
    const bool sent = kind == RECORD_SEND;
    fold_fixed(w, (uint64_t)(sent ? w->cause : s->cause), kind_count_type(kind, 0, s->type),
               sent ? node_and_peer(s->peer, s->node) : node_and_peer(s->node, s->peer),
               (uint64_t)s->number, (uint64_t)s->modelled, c_and_channel(0, s->channel), s->hash);
    if (__builtin_expect(text != NULL, 0)) record_fold_text(w, text);
    w->seq++;
    if (__builtin_expect(w->sinks != NULL, 0)) record_show_message(w, kind, s, text);
    return w->seq;
}

#endif
