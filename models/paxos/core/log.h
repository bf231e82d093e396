/*
 * Instances, by number: of each what was accepted last, and in which ballot. There may be gaps.
 *
 * A leader that proposes ahead of what is chosen may leave gaps (Paxos Made Simple, section 3). An
 * entry without a ballot is a gap. The beginning goes away when a snapshot stands for it: instances
 * up to `base` are not there any more. Whoever joins late accepts what is far above what it knows:
 * memory is taken from the first that is held on.
 *
 * Owner: who declared it; values are copies in the node's memory.
 */
#ifndef PAXOS_CORE_LOG_H
#define PAXOS_CORE_LOG_H

#include "wall/model.h"

struct paxos_entry {
    int64_t ballot; /* 0: a gap */
    uint8_t *value;
    size_t size;
    int64_t extra; /* what it weighs beyond its bytes */
    int64_t hash;
    uint64_t acceptances; /* leader: by place among the peers, of its own ballot */
    bool chosen;          /* leader: counted, perhaps before those below it */
};
struct paxos_log {
    struct memory *memory;
    struct paxos_entry *entries; /* a ring: instance i is at i modulo capacity, a power of two */
    size_t capacity;
    int64_t base, last; /* of instances base + 1 to last it tells what was accepted, or nothing */
    int64_t gaps;       /* of these */
    int64_t first;      /* from there on to last they have an entry each; 0: nothing is held */
};

/* NULL: not there, or a gap. */
struct paxos_entry *paxos_log_find(const struct paxos_log *, int64_t instance);
/* Replaces what was there; instances between `last` and it become gaps. instance > base. */
struct paxos_entry *paxos_log_put(struct paxos_log *, int64_t instance, int64_t ballot,
                                  struct sim_bytes value, int64_t extra);
/* Instances up to that one go. */
void paxos_log_cut(struct paxos_log *, int64_t through);
/* All go, and it begins after that one. */
void paxos_log_begin(struct paxos_log *, int64_t base);
static inline struct sim_bytes paxos_log_value(const struct paxos_entry *e) {
    return (struct sim_bytes){e->value, e->size};
}

#endif
