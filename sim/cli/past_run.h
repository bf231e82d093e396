/*
 * What an earlier run's summary.json says: for making its plots again, and for removing its files
 * when a new run takes the folder. Owner: the caller; past_run_free when done.
 */
#ifndef CLI_PAST_RUN_H
#define CLI_PAST_RUN_H

#include "report/summary.h"

struct past_run {
    void *document; /* everything below points into it */
    const char *scenario, *path;
    char seed[24];
    int64_t sim_time_ns;
    struct report_parameter *parameters;
    size_t parameter_count;
    struct report_plot *plots;
    size_t plot_count;
    const char **files;
    size_t file_count;
};

/* False with a sentence in `error`. */
bool past_run_read(const char *folder, struct past_run *, struct text *error);
void past_run_free(struct past_run *);

/* The files that an earlier run left in the folder: they go when the new ones come. */
void earlier_files(struct folder *);

#endif
