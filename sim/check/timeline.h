/*
 * An anomaly as a picture: an SVG that needs nothing else, for someone who wants to see what "fits
 * nowhere" means.
 *
 * A row a process; a bar an operation, from its invoke to its completion, open to the right where
 * that is not known. What is invoked and completed is spaced evenly, as operations of microseconds
 * stand beside waits of seconds; the axis tells when each happened. Numbers on the bars are the end
 * of the longest order that was found (check_explanation): each operation takes effect at its
 * number. Under them, what the object held then. The operation that fits nowhere is hatched. Faults
 * are shaded, from when they began to when they were ended; what is left out is told. Colours are
 * Okabe and Ito's, told apart by people with any of the common colour deficiencies.
 */
#ifndef CHECK_TIMELINE_H
#define CHECK_TIMELINE_H

#include "check/check.h"

struct timeline_fault { int64_t from_ns, to_ns; const char *label; };

/* The faults are shown beside those of the history's nemesis. */
void timeline_svg(const struct history *, const struct check_spec *, const struct anomaly *,
                  const struct timeline_fault *, size_t fault_count, struct text *svg);

#endif
