/*
 * history.jsonl: what clients did, one event a line, in Jepsen's form (index, time,
 * process, type, f, key, value, error). Streamed; bounded memory.
 */
#ifndef REPORT_HISTORY_H
#define REPORT_HISTORY_H

#include "report/output.h"
#include "world/sim.h"

struct history_file;

struct history_file *history_file_open(struct world *, struct output *); /* adds itself as a sink */
void history_file_close(struct history_file *);

#endif
