/*
 * faults.jsonl, and marks.dat for the plots: the list of faults that the world kept. Written once,
 * at the end of a run.
 */
#ifndef REPORT_FAULTS_H
#define REPORT_FAULTS_H

#include "report/output.h"
#include "world/sim.h"

/* Every fault with its index, time, arguments, end, and how often it changed something. */
void faults_write(const struct world *, struct output *);

/* When a fault's effect ended: healed, restarted, or the end of the run. A fault that strikes once
 * (a clock jump) ends when it begins. */
int64_t fault_end_ns(const struct world *, size_t index);

/* Two one-way network faults of one kind and moment, in opposite directions: one cut, to people. */
bool fault_is_other_way(const struct world *, size_t index, size_t other);
/* As people name it: "cut a <-> b" when both ways were cut at once. */
void fault_label(const struct world *, size_t index, struct text *);

struct mark {
    int64_t from_ns, to_ns;
    const char *label;
};
/* The spans that plots shade: `from_s to_s kind "label"`. Two one-way cuts of one moment are one.
 * */
void marks_write(const struct world *, const struct mark *marks, size_t count, struct output *);

#endif
