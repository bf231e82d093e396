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

/* One line of it, with its end, for another who keeps histories. Adds nothing for a record that
   is no client's. */
struct history_lines {
    const struct world *world;
    int64_t index; /* of the next event */
};
void history_line(struct history_lines *, const struct record *, struct text *line);

#endif
