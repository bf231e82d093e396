/*
 * What a record says, in words: shared by the story and the trace. Appends to the text, takes no
 * more than the record and the world's tables of names. Nothing here is on the path of an untraced
 * event.
 */
#ifndef REPORT_DESCRIBE_H
#define REPORT_DESCRIBE_H

#include "base/text.h"
#include "world/sim.h"

/* The name of a fault's targets and arguments: "cut primary -> standby", "disk_slow n2 (4 times)".
 * */
void describe_fault(const struct world *, const struct fault *, struct text *);
/* The sentence of a record: a note's text with its values, why a message was dropped, how a process
 * died. Nothing is added when its fixed fields say all. */
void describe_record(const struct world *, const struct record *, struct text *);
/* "?" for SIM_NOBODY. */
const char *node_name_or(const struct world *, sim_node, const char *nobody);
const char *disk_error_name(int64_t error);

#endif
