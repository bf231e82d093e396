/*
 * Storms: the faults that a sim.chaos{} asked for, drawn from the seed.
 *
 * Each kind comes as a Poisson process with a stream of its own, and each fault's draws have a
 * stream of their own, so another rate of one kind moves no fault of another. Not all that is drawn
 * is planned: no more than `down_max` nodes are away at once, and a node that is away is not struck
 * again. All that lasts is over at the storm's end.
 */
#ifndef EXPLORE_CHAOS_H
#define EXPLORE_CHAOS_H

#include "explore/plan.h"
#include "script/chaos.h"

/* Adds to the plan. */
void chaos_plan(const struct chaos_request *, uint64_t seed, struct fault_plan *);

#endif
