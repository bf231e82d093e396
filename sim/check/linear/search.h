/*
 * Is there an order? Depth first, after Wing and Gong, "Testing and verifying concurrent
 * objects", JPDC 1993: take any operation that nothing else must come before (none that is not
 * taken ended before its invoke) and that the state allows; go on; come back where it leads
 * nowhere. With Lowe's improvements ("Testing for linearizability", Concurrency and Computation
 * 29, 2017): linked lists out of which operations are lifted, and a memo of configurations. What
 * is searched is one object at a time (Horn and Kroening, "Faster linearizability checking via
 * P-compositionality", FORTE 2015).
 *
 * What is not tried, and why nothing is lost. Say that a configuration is good when some way
 * finishes from it; its distance is the length of the shortest. Each rule leaves, in every good
 * configuration, a first step of a shortest way, so of good configurations that were visited the
 * one of least distance leads to a nearer one: the search finds an order when there is one.
 *
 *   a pure operation that the state allows is taken at once: it fits here, and changes nothing for
 *     what follows
 *   an optional one is not taken where it leaves the state as it is, nor right before one that is
 *     blind (a write): the way is shorter without it. Nor when all who could see what it does have
 *     ended (problem.h)
 *   of two with one effect, the one that must end sooner is taken first, what is optional last: in
 *     a way that has them in the other order they can change places
 *   a configuration is left where the next observer to end can get what it saw neither from the
 *     state nor from an operation not yet taken that makes it
 *   a state is not overwritten while a certain operation still needs it and nothing is left that
 *     makes it again; nor is anything appended then that the first of those to end did not see
 *   where nobody is left who needs what was made last, what is appended to it makes no difference,
 *     and is left off
 *   memo.h: what is known already, with no more optional operations taken
 *
 * And none of it where zones.h says that there is no order.
 *
 * Operations from which the next observer would get what it saw are tried first: that is often
 * the order in which things happened, and loses nothing.
 */
#ifndef CHECK_LINEAR_SEARCH_H
#define CHECK_LINEAR_SEARCH_H

#include "check/linear/memo.h"
#include "check/linear/problem.h"

enum search_answer { SEARCH_FOUND, SEARCH_NO_ORDER, SEARCH_GAVE_UP };

struct taken { /* one operation of the order so far, with what was before it */
    uint32_t entry, state, origin, passed, died;
    uint8_t phase;
    bool at_once;  /* there was no choice */
    bool unused;   /* before it: the last was optional, and nothing has seen it yet */
};
struct search {
    struct problem *problem;
    struct memo memo;
    struct taken *order; /* when an order was found, that is it */
    uint32_t length, state;
    uint32_t origin;            /* the number of the state that was made last */
    struct demand {
        uint32_t wanted, makers; /* how many need it, how many make it, of those not taken */
        uint32_t first;          /* of those that need it, the one that ends first; NONE */
    } *demands;                  /* of each such state */
    uint32_t vague;              /* observers not taken of which it is not known what they need */
    uint32_t passed, died; /* places in the problem's ends and deaths */
    bool unused;
    uint64_t *bits;
    uint64_t steps, steps_max;
    uint32_t stuck_line;   /* where there is no order: about what can be taken no more until then */
};

/* steps_max: configurations that may be looked at; 0: as many as the limits allow. search_free in
 * all cases. */
enum search_answer search_run(struct search *, struct problem *, uint64_t steps_max);
void search_free(struct search *);

#endif
