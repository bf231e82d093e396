/*
 * Makes a plot: gnuplot, started without a shell, loads plots/NAME.gp over the .dat files of a
 * run's folder.
 *
 * What a gnuplot file finds when it is loaded (plots/README.md says more): strings `rundir`,
 * `output`, `format`, `title`, `subtitle`, one string for each key of the script's sim.plot (`of`,
 * ...), the headers of the run's .dat files for finding columns by name, and the faults and marks
 * as arrays, laid out in lanes so that their labels do not overlap. The picture is written under a
 * partial name and renamed when gnuplot has succeeded.
 */
#ifndef REPORT_PLOTS_H
#define REPORT_PLOTS_H

#include "report/summary.h"

struct plot_request {
    const char *folder;        /* of the run */
    const char *const *places; /* folders that may have NAME.gp, in order; NULL at the end */
    const char *shared;        /* plots/, where style.gp is */
    const char *format;        /* "svg" or "png" */
    const char *subtitle;
    int64_t end_ns; /* the time axis goes to there */
};

enum plot_result { PLOT_MADE, PLOT_FAILED, PLOT_NO_GNUPLOT };
/* Anything but PLOT_MADE has a sentence in `error` (of gnuplot's own words, when it had some). */
enum plot_result plot_make(const struct plot_request *, const struct report_plot *,
                           struct text *error);

/* The gnuplot commands that come before the file; for tests. */
void plot_prelude(const struct plot_request *, const struct report_plot *, const char *output,
                  struct text *);

#endif
