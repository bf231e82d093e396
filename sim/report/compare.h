/*
 * Two runs, record by record: two streams of trace lines (jsonl.h, with hashes) read in lockstep.
 * Bounded memory, whatever their length.
 */
#ifndef REPORT_COMPARE_H
#define REPORT_COMPARE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/text.h"

struct comparison {
    int64_t records;        /* that both streams have, and that are equal */
    bool complete;          /* both streams ended with a line that has "digest" */
    struct text digest;     /* of the first run, when complete */
    struct text difference; /* several lines, for people; "" when there is none */
};

/* True when the streams are equal to the last line. */
bool compare_records(FILE *first, FILE *second, struct comparison *);
void comparison_free(struct comparison *);

#endif
