/*
 * Trials: values that a scenario has measured again and again, under a name each. All go into
 * trials.dat, for plots; what they come to goes among the run's results.
 */
#ifndef REPORT_TRIALS_H
#define REPORT_TRIALS_H

#include "report/output.h"
#include "report/summary.h"

/* By name, numbers in names as numbers, and by value. */
void trials_sort(struct report_trial *, size_t count);
void trials_write(const struct report_trial *, size_t count, struct output *);
/* Of sorted ones: TRIAL_RESULTS results a name, into `results`, which has room for as many a
 * trial. How many. */
enum { TRIAL_RESULTS = 5 };
size_t trials_results(const struct report_trial *, size_t count, struct report_result *results);

#endif
