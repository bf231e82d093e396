/* The plots of one run: those that its scenario asked for, made after the run or again later. */
#ifndef CLI_RUN_PLOTS_H
#define CLI_RUN_PLOTS_H

#include "report/plots.h"

/* Where NAME.gp may be: beside the scenario, then plots/. `places` has room for 3. */
void plot_places(const char *scenario, const char **places);

/* Warns on stderr about each that could not be made, with gnuplot's own words; once, when there is
 * no gnuplot. Those that were made are moved to the front; how many they are. Stops when
 * interrupted. */
size_t make_plots(const struct plot_request *, struct report_plot *, size_t count);

/* The line under a plot's title: scenario, seed, parameters, as far as there is room. */
void plot_subtitle(struct text *, const char *scenario, const char *seed,
                   const struct report_parameter *, size_t count);

#endif
