/*
 * One run of a scenario, from opening the script to the last file: what `run` does, and what each
 * of the two processes of `verify` does.
 */
#ifndef CLI_RUN_ONE_H
#define CLI_RUN_ONE_H

#include <stdbool.h>

#include "report/summary.h"
#include "script/script.h"

enum trace_level { TRACE_NONE, TRACE_STORY, TRACE_FULL };

struct run_request {
    const char *path;
    uint64_t seed;
    struct script_setting *settings;
    size_t setting_count;
    int64_t until_ns; /* 0: as long as the scenario says */
    const char *out;    /* NULL: out/SCENARIO/SEED */
    const char *handed_in; /* a student's folder, of a lab; or NULL */
    bool go_on;            /* past a broken law */
    const char *faults; /* a list in place of the storms that the scenario asks for; or NULL */
    const struct pack *pack;   /* what its files and faults come from, in place of folders; or
                                  NULL */
    struct witness *witness;   /* sees every record; or NULL */
    /* as script_options; or NULL */
    void (*read)(void *context, const char *name, const char *data, size_t size);
    bool seeded;               /* --seed was given */
    enum trace_level trace;
    bool no_plots, json, quiet;
    struct script_limits limits;
    int records_to; /* a descriptor that gets every record, and no folder is made; -1: none */
    bool watch;     /* observe all that can be observed, for verify */
    /* A run among many: no folder, no file, nothing printed; what is known of it is handed over,
     * and what a scenario that does not open has wrong goes to `complaint`. NULL: none of this. */
    void (*judged)(void *context, const struct run_report *, enum exit_code);
    void (*lab)(void *context, const struct script_lab *); /* of a lab, before all else; or NULL */
    void *context;
    struct text *complaint;
};

enum exit_code run_one(const struct run_request *);

/* scenarios/replication/lag.lua -> lag */
void scenario_name(const char *path, struct text *);

#endif
