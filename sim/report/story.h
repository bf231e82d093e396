/*
 * story.txt: what happened, for people: one line a decision or fault, `cause -> decision`, in
 * columns (time, node, kind, what). Left out are the events that carry it: sends, timers, disk
 * operations.
 *
 * A kind of line that comes thousands of times (a fact for each commit) would bury the rest: each
 * note, fact or failure of a node has 20 lines, and 2 more a second of virtual time; what is left
 * out is counted in the next line of its kind. trace.jsonl has them all. Bounded memory; costs
 * nothing for records that it leaves out.
 */
#ifndef REPORT_STORY_H
#define REPORT_STORY_H

#include "report/output.h"
#include "world/sim.h"

struct story;

/* Adds itself to the world as a sink, and writes the legend. title: "scenario lag, seed 7". */
struct story *story_open(struct world *, struct output *, const char *title, const char *about);
/* Writes what was left out at the end, then frees. */
void story_close(struct story *);

#endif
