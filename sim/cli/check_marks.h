/*
 * The faults of the run that a history is of: the spans of marks.dat in the same folder, as the
 * plots have them. None, where there is no such file. Owner: who declared it; marks_free.
 */
#ifndef CLI_CHECK_MARKS_H
#define CLI_CHECK_MARKS_H

#include "check/timeline.h"

struct marks {
    struct timeline_fault *spans; /* the labels are its own */
    size_t count, capacity;
};

void marks_read(struct marks *, const char *history_path);
void marks_free(struct marks *);

#endif
