/*
 * trace.jsonl: every record, one JSON object a line, as it happens. Memory stays at one buffer and
 * a table of names whatever the length of the run. A line holds, in this order, seq, cause, t,
 * node, kind, peer, msg, type, size, note (null where a record has none), then what its kind adds.
 */
#ifndef REPORT_JSONL_H
#define REPORT_JSONL_H

#include "report/output.h"
#include "world/sim.h"

struct jsonl;

/* Adds itself to the world as a sink. The output stays the folder's. Free it after the world's end.
 * hashes: a last key "hash" over every field and byte of the record, for comparing two runs. */
struct jsonl *jsonl_open(struct world *, struct output *, bool hashes);
void jsonl_close(struct jsonl *);

#endif
