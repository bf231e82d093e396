/*
 * Who the acceptors are, and how many of them are enough.
 *
 * Paxos needs that a quorum that promises (phase 1) and one that accepts (phase 2) have a member in
 * common; it is usual to take majorities for both. Nothing needs two phase-2 quorums to meet: any
 * q1 + q2 > n will do (Howard, Malkhi, Spiegelman, "Flexible Paxos: quorum intersection revisited",
 * 2016), so that a small q2 makes the steady state cheap, at the price of a large q1 when
 * a leader fails. A choice that does not intersect is refused, unless the scenario insists.
 *
 * Sets of members are bits by place. Owner of nothing.
 */
#ifndef PAXOS_CORE_QUORUM_H
#define PAXOS_CORE_QUORUM_H

#include "wall/model.h"

enum { PAXOS_MEMBERS_MAX = 16 };

struct quorum_system {
    sim_node members[PAXOS_MEMBERS_MAX];
    int64_t count, q1, q2;
};

/* q1, q2: 0 for a majority. False, and why, when they are more than the members, or do not meet. */
bool paxos_quorum_begin(struct quorum_system *, const sim_node *members, size_t count, int64_t q1,
                        int64_t q2, bool insist, struct text *refusal);
/* -1: no member. */
int paxos_quorum_place(const struct quorum_system *, sim_node);
static inline uint64_t paxos_quorum_bit(const struct quorum_system *q, sim_node node) {
    const int place = paxos_quorum_place(q, node);
    return place < 0 ? 0 : UINT64_C(1) << place;
}
static inline int64_t paxos_quorum_size(uint64_t set) {
    int64_t size = 0;
    for (; set; set &= set - 1) size++;
    return size;
}

#endif
