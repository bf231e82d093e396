/*
 * What is known of a run when it is over, its verdict, and the two ways to tell it: summary.json
 * for programs, a table of 80 columns for people.
 *
 * The caller fills in struct run_report (all of it borrowed), summary_judge() decides, the two
 * writers only write. Nothing here reads a clock; wall time comes in from outside and goes only
 * into wall_ms.
 */
#ifndef REPORT_SUMMARY_H
#define REPORT_SUMMARY_H

#include "report/operations.h"
#include "world/sim.h"

enum verdict { RUN_PASSED, RUN_FAILED, RUN_INCONCLUSIVE };
enum exit_code {
    EXIT_PASSED = 0,
    EXIT_FAILED = 1,
    EXIT_WRONG_USE = 2,
    EXIT_INCONCLUSIVE = 3,
    EXIT_BROKEN = 4,
    EXIT_INTERRUPTED = 130,
};

struct report_check { /* an expectation of the scenario, a law it wants broken, a check of the
                         history */
    const char *name, *kind, *why;
    enum verdict verdict;
    int64_t at_ns;
    const char *svg;  /* a picture of why; or NULL */
    const char *file; /* of the run's folder, where it is; or NULL */
};
struct report_result { /* sim.result */
    const char *name, *label;
    double value;
};
struct report_trial { const char *name; double value; }; /* sim.trial */
struct report_parameter {
    const char *name, *value, *usual;
};
struct report_plot {
    const char *name, *file;
    const char *const *keys, *const *values;
    size_t count;
};

struct run_report {
    const char *scenario, *path, *about, *version;
    const struct report_parameter *parameters;
    size_t parameter_count;

    struct world *world;
    enum world_end end;
    int64_t until_ns; /* how far the run was to go */
    bool interrupted;
    const char
        *mistake; /* of the script or a model, `FILE:LINE: ...`; the run ended there. NULL: none */
    const char *limit; /* which limit ended the run; NULL: none */
    int64_t wall_ms;

    struct operations *operations;
    const struct report_check *checks;
    size_t check_count;
    const struct report_result *results;
    size_t result_count;
    bool (*law_is_wanted_broken)(const void *context, const char *law);
    const void *context;

    const char *folder; /* NULL: nothing was written */
    int64_t asked_until_ns; /* --until; 0: as long as the scenario says */
    const char *handed_in;  /* --hand-in; or NULL */
    struct folder *files;
    const struct report_plot *plots;
    size_t plot_count;
    const char *command; /* that repeats this run */

    enum verdict verdict; /* summary_judge fills in these */
    struct text why;      /* "" when it passed; text_free when done */
};

/* Decides verdict and why; returns the exit code. */
enum exit_code summary_judge(struct run_report *);
void summary_json(const struct run_report *, struct text *);
/* colours: with terminal escapes. */
void summary_table(const struct run_report *, bool colours, struct text *);
const char *verdict_name(enum verdict);
void results_write(const struct run_report *, struct output *); /* results.dat */
void text_add_figure(struct text *, double);                    /* 213, 0.5 */

#endif
