/*
 * Ballots: the numbers of proposals, totally ordered, no two proposers with one in common.
 *
 * "Different proposers choose their numbers from disjoint sets of numbers, so two different
 * proposers never issue a proposal with the same number" (Lamport, "Paxos Made Simple", 2001,
 * section 2.5). A ballot is a round and the node that counts it, in one integer that a reader can
 * take apart: 3002 is round 3 of node 2. Rounds begin at 1, so 0 is no ballot, and below all.
 */
#ifndef PAXOS_CORE_BALLOT_H
#define PAXOS_CORE_BALLOT_H

#include <assert.h>

#include "wall/model.h"

enum { BALLOT_NODES = 1000 };

static inline int64_t ballot_make(int64_t round, sim_node node) {
    assert(round >= 1 && node < BALLOT_NODES);
    return round * BALLOT_NODES + (int64_t)node;
}
static inline int64_t ballot_round(int64_t ballot) { return ballot / BALLOT_NODES; }
static inline sim_node ballot_node(int64_t ballot) { return (sim_node)(ballot % BALLOT_NODES); }

#endif
