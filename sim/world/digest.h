/*
 * The digest: XXH3 over the canonical bytes of all records, in order, whether or not anybody reads
 * them. They gather in a block, and a full block is hashed at once: a record then costs its stores
 * and a share of the fastest loop that hashing has, and nothing waits for a hash.
 *
 * Each record begins with its kind, so that bytes are read in one way only: a kind always has the
 * same words (trace.c), and what varies in length stands behind its length. Little-endian. seq
 * needs no place: it counts the records.
 */
#ifndef WORLD_DIGEST_H
#define WORLD_DIGEST_H

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "world/world.h"

enum { DIGEST_BLOCK = 2048 };

struct digest {
    XXH3_state_t state; /* it wants to be aligned, so it comes first */
    size_t size;
    uint8_t bytes[DIGEST_BLOCK];
};

void digest_hash_block(struct digest *);
/* of any size, behind their length */
void digest_bytes(struct digest *, const void *, size_t size);

/* Where so many bytes go, at most a block; the caller fills them. */
static inline uint8_t *digest_room(struct digest *d, size_t size) {
    if (__builtin_expect(d->size + size > DIGEST_BLOCK, 0)) digest_hash_block(d);
    uint8_t *at = d->bytes + d->size;
    d->size += size;
    return at;
}

static inline uint64_t word_of_kind(enum record_kind kind, bool text, bool error, size_t count,
                                    uint32_t type) {
    return (uint64_t)kind | (uint64_t)text << 8 | (uint64_t)error << 9 | (uint64_t)count << 16 |
           (uint64_t)type << 32;
}

/* What every record has. */
enum { DIGEST_HEAD = 32 };
static inline void digest_head(const struct world *w, uint8_t *at, uint64_t kind, sim_node node,
                               sim_node peer, int64_t cause) {
    store_u64(at, kind);
    store_u64(at + 8, node | (uint64_t)peer << 32);
    store_u64(at + 16, (uint64_t)cause);
    store_u64(at + 24, (uint64_t)w->now);
}

/* ---- the two records that every message has ---- */

void record_show_message(const struct world *, enum record_kind, const struct slot *,
                         const char *text);
/* A text, behind the record of a message; and its bytes again if they have changed. */
void record_fold_text(struct world *, const struct slot *, const char *text);

static inline int64_t record_seq(struct world *w, enum record_kind kind, const struct slot *s,
                                 const char *text) {
    w->seq++;
    if (__builtin_expect(w->sinks != NULL, 0)) record_show_message(w, kind, s, text);
    return w->seq;
}

static inline int64_t record_send(struct world *w, const struct slot *s) {
    enum { SEND_HEAD = DIGEST_HEAD + 24 };
    const bool small = __builtin_expect(s->size <= SLOT_INLINE, 1);
    struct digest *d = w->digest;
    uint8_t *at = digest_room(d, SEND_HEAD + SLOT_INLINE);
    digest_head(w, at, word_of_kind(RECORD_SEND, false, false, 0, s->type), s->peer, s->node,
                w->cause);
    store_u64(at + DIGEST_HEAD, (uint64_t)s->number);
    store_u64(at + DIGEST_HEAD + 8, (uint64_t)s->modelled);
    store_u64(at + DIGEST_HEAD + 16, s->size | (uint64_t)s->channel << 32);
    if (small) {
        /* whole, without a call; what is beyond is taken back */
        memcpy(at + SEND_HEAD, s->bytes, SLOT_INLINE);
        d->size -= SLOT_INLINE - s->size;
    } else {
        d->size -= SLOT_INLINE;
        digest_bytes(d, s->large, s->size);
    }
    return record_seq(w, RECORD_SEND, s, NULL);
}

/* Of what has become of a message: its cause is the record of its sending, which has the rest. */
static inline int64_t record_fate(struct world *w, enum record_kind kind, const struct slot *s,
                                  const char *text) {
    digest_head(w, digest_room(w->digest, DIGEST_HEAD),
                word_of_kind(kind, text != NULL, false, 0, s->type), s->node, s->peer, s->cause);
    if (__builtin_expect(text != NULL, 0)) record_fold_text(w, s, text);
    return record_seq(w, kind, s, text);
}

/* ---- and that of a fact ---- */

void record_show_fact(const struct world *, const struct sim_fact *);

/* which: of its model's. */
static inline int64_t record_fact(struct world *w, const struct sim_fact *fact) {
    uint8_t *at = digest_room(w->digest, DIGEST_HEAD + 32);
    digest_head(w, at, word_of_kind(RECORD_FACT, false, false, 4, (uint32_t)fact->which),
                fact->node, SIM_NOBODY, w->cause);
    store_u64(at + DIGEST_HEAD, (uint64_t)fact->group);
    store_u64(at + DIGEST_HEAD + 8, (uint64_t)fact->a);
    store_u64(at + DIGEST_HEAD + 16, (uint64_t)fact->b);
    store_u64(at + DIGEST_HEAD + 24, (uint64_t)fact->c);
    w->seq++;
    if (__builtin_expect(w->sinks != NULL, 0)) record_show_fact(w, fact);
    return w->seq;
}

#endif
