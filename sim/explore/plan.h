/*
 * A plan: the faults that strike a run from outside of its scenario, each with its time and its
 * end.
 *
 * It is drawn from a seed (explore/chaos.h) or read from a file, and scheduled before the run
 * begins; both ways the run is the same to the byte. Leaving one entry out leaves all others as
 * they were, as a fault's random detail comes from its own identity.
 */
#ifndef EXPLORE_PLAN_H
#define EXPLORE_PLAN_H

#include "base/text.h"
#include "world/sim.h"

struct planned_fault {
    struct fault fault;
    int64_t t, until_ns; /* when it strikes; when it ends, INT64_MAX: it does not, or is over at
                            once */
};
struct fault_plan { /* in order of time; zeroed is empty */
    struct planned_fault *faults;
    size_t count, capacity;
};

void plan_add(struct fault_plan *, struct planned_fault);
void plan_sort(struct fault_plan *); /* by time; those of one instant stay as they stood */
void plan_free(struct fault_plan *);

/* faults.jsonl of a run, or lines like it: those that the scenario injects itself are left to
 * it. False with `FILE:LINE: what is wrong; what was expected`. */
bool plan_read(struct fault_plan *, const char *path, const struct world *, struct text *error);
/* The same, of lines that have been read already; name: of what they come from. */
bool plan_read_text(struct fault_plan *, const char *name, const char *text, const struct world *,
                    struct text *error);

/* Before the run. The plan must live as long as the world. */
void plan_schedule(const struct fault_plan *, struct world *);

#endif
