/*
 * A picture of messages: one line a node, time downwards, an arrow a message, a row a record. Rows
 * are as far apart as they need to be read, not as time has them; the time stands at the left.
 */
#ifndef REPORT_SPACETIME_H
#define REPORT_SPACETIME_H

#include "report/output.h"

enum { SPACETIME_RECORDS_MAX = 400 };

/* Of the records from `first` to `last` of a run's trace, as SVG. False with a sentence in
 * `error`: no trace, no such records, or more than can be read. */
bool spacetime_draw(const char *folder, int64_t first, int64_t last, struct output *,
                    struct text *error);

#endif
