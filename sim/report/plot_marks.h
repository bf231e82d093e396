/* The spans of marks.dat, laid out for a plot's time axis, as gnuplot arrays. */
#ifndef REPORT_PLOT_MARKS_H
#define REPORT_PLOT_MARKS_H

#include "base/text.h"

/* Adds `mark_count`, `mark_lanes` and arrays mark_from, mark_to (s), mark_label, mark_lane (1 is
 * the lowest; 0: no room for a label), mark_anchor (where the label stands: 0 left, 1 middle, 2
 * right), mark_fault (1: a fault, 0: a mark of the script). */
void plot_marks(const char *folder, double end_s, struct text *);

#endif
