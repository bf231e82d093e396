/*
 * What a law remembers of the latest indexes of a log: a ring that grows up to a bound, and then
 * forgets the oldest. A law asks it, and answers "forgotten" where it has.
 */
#ifndef RAFT_LAWS_RECENT_H
#define RAFT_LAWS_RECENT_H

#include "base/memory.h"
#include "wall/model.h"

enum { RECENT_MAX = 1 << 16 };
struct recent_entry {
    int64_t index, term; /* index 0: nothing */
    uint64_t hash;
};
struct recent {
    struct recent_entry *ring;
    int64_t capacity;
};

/* The place of `index`, with what is there; NULL: it is too long ago. What has another index in
 * it is free to be taken. */
struct recent_entry *recent_at(struct recent *, struct memory *, int64_t index);

#endif
