/*
 * A scenario: a Lua file that builds a world, acts on it, and says what must hold.
 *
 * script_open() runs the file; the world stands, nothing has happened yet. Then run script_world()
 * in slices with world_run(), and script_finish() judges the expectations. Everything that the
 * accessors return is the script's and lives until script_close(), which destroys the world too.
 */
#ifndef SCRIPT_SCRIPT_H
#define SCRIPT_SCRIPT_H

#include "base/text.h"
#include "script/chaos.h"
#include "world/sim.h"

struct script;

struct script_setting { const char *name, *value; }; /* --set name=value */
struct script_limits {
    size_t memory_bytes;       /* of all Lua of the world; 0: the default, 128 MiB */
    int64_t instructions;      /* of one call into Lua; 0: the default */
    int64_t output_bytes;      /* of print; 0: the default */
    int64_t events, pending;   /* of the world; 0: the defaults */
};
/* sim.lab{}: what is handed in, and what it is worth. */
struct script_points { const char *name; int64_t points; }; /* of a law or an expectation */
struct script_lab {
    const char *hand_in; /* the file */
    const struct script_points *points;
    size_t count;
};
struct script_file { const char *name, *text; }; /* as `require` and sim.node name it; the
                                                    scenario: "" */
struct script_options {
    const char *path;
    uint64_t seed;
    const struct script_setting *settings;
    size_t setting_count;
    struct script_limits limits;
    const char *library;  /* folder that `require` looks in after the scenario's own:
                             scenarios/lib */
    const char *handed_in; /* the folder with what a student wrote for a lab (sim.lab); NULL:
                              beside it */
    /* Files that are given with the run, in place of those in folders; or NULL. */
    const struct script_file *files;
    size_t file_count;
    /* Each file that the scenario reads, itself first; `size` bytes. May be NULL. */
    void (*read)(void *context, const char *name, const char *data, size_t size);
    bool *by_limit;        /* set to whether it was a limit that kept the script from opening; or
                              NULL */
    bool go_on;            /* a broken law does not end the run: all are judged */
    /* When the script says that it is a lab: also of one that then does not open. May be NULL. */
    void (*lab)(void *context, const struct script_lab *);
    const struct sim_model *const *models; /* those in C; NULL at the end */
    void (*print)(void *context, const char *bytes, size_t size); /* NULL: stdout */
    void *context;
};

/* NULL with `FILE:LINE: what is wrong; what was expected` in `error` (with no "orrery: " in
   front). */
struct script *script_open(const struct script_options *, struct text *error);
void script_close(struct script *);

struct world *script_world(struct script *);
int64_t script_run_for_ns(const struct script *); /* sim.run_for; 60 s when the script is silent */
const char *script_describe(const struct script *); /* sim.describe; "" */

/* An error of the script in the middle of the run: the world has been stopped. NULL: none.
 * `limit`: it was a limit (exit 3), not a mistake (exit 2). */
const char *script_error(const struct script *, bool *limit);

struct script_parameter { const char *name, *value, *usual; }; /* value as given, with its unit */
size_t script_parameters(const struct script *, const struct script_parameter **);

enum script_verdict { VERDICT_PASS, VERDICT_FAIL, VERDICT_INCONCLUSIVE };
struct script_check { /* sim.expect, sim.demonstrates, sim.check; laws are the world's */
    const char *name, *kind; /* "expectation", "demonstrates", "check" */
    enum script_verdict verdict;
    const char *why; /* "" when it passed */
    int64_t at_ns;   /* when it was decided */
    const char *svg; /* of a history that fails: a picture of why; or NULL */
};
/* Judges what is left to judge at the end of the run; once. */
void script_finish(struct script *);
size_t script_checks(const struct script *, const struct script_check **);
/* Laws that sim.demonstrates names: their breach is wanted. */
bool script_demonstrates(const struct script *, const char *law);

/* sim.plot("lag", {of = standby, title = "..."}): plots/lag.gp over the run's .dat files. */
struct script_plot {
    const char *name;                  /* of the gnuplot file, without .gp */
    const char *const *keys, *const *values; /* nodes by name, durations in ns, the rest as text */
    size_t count;
};
size_t script_plots(const struct script *, const struct script_plot **);
/* sim.lab{}. */
const struct script_lab *script_lab(const struct script *); /* NULL: it is no lab */
/* sim.chaos{}: what storms are to be drawn. */
size_t script_storms(const struct script *, const struct chaos_request *const **);
/* sim.mark("10s", "20s", "large transaction"): a span that plots shade, beside the faults. */
struct script_mark { int64_t from_ns, to_ns; const char *label; };
size_t script_marks(const struct script *, const struct script_mark **);
/* sim.result("lost commits", "local", 213): a figure of this run, under a name and a label. */
struct script_result { const char *name, *label; double value; };
size_t script_results(const struct script *, const struct script_result **);
/* sim.trial("150-155 ms", 287.1): one more value of what is measured again and again; label
   NULL. */
size_t script_trials(const struct script *, const struct script_result **);
int64_t script_sample_ns(const struct script *); /* sim.sample "10ms": the step of the series; 0:
                                                    usual */

#endif
