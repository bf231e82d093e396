/*
 * An acceptor's two rules, which are the same for one decree and for many.
 *
 * An acceptor remembers the highest ballot that it has promised. A message that comes again is
 * answered again: the answer to an equal number tells no less than the first did.
 */
#ifndef PAXOS_CORE_ACCEPTOR_H
#define PAXOS_CORE_ACCEPTOR_H

#include "wall/model.h"

/* Phase 1(b): not for a number below one that it has responded to (Paxos Made Simple, 2.2). */
static inline bool acceptor_may_promise(int64_t promised, int64_t ballot) {
    return ballot >= promised;
}
/* P1a: "An acceptor can accept a proposal numbered n iff it has not responded to a prepare request
 * having a number greater than n" (section 2.2). */
static inline bool acceptor_may_accept(int64_t promised, int64_t ballot) {
    return ballot >= promised;
}

#endif
