/*
 * What is known of a sweep: a result a job, and what they come to together.
 *
 * Jobs are numbered seed by seed, in each all scenarios in turn. Results may come in any order;
 * what a sweep says is the same whatever the order was, and so whatever the number of processes.
 * When it stops after the Kth failure, that is the Kth in the order of jobs, and what came after it
 * is forgotten.
 */
#ifndef CLI_SWEEP_H
#define CLI_SWEEP_H

#include "run_one.h"

enum { SWEEP_COMMANDS = 3 }; /* of a group, so many are printed */

struct sweep_group { /* failures that look the same */
    char *scenario, *kind, *name, *why; /* why: of the first seed */
    uint64_t *seeds;                     /* in order */
    size_t count, capacity;
};
struct sweep_tally { /* of a law, or of a kind of generated faults */
    char *name;
    int64_t tried, did; /* judgements, and runs that had it; injected, and effective */
};
struct sweep {
    const char *const *paths;
    size_t path_count;
    uint64_t first, last;
    int64_t stop_after;  /* failures; 0: none is too many */
    struct text command; /* what repeats a run, but for scenario and seed: its settings */

    int64_t jobs;
    char **waiting;   /* results that came before those of earlier jobs; NULL: none yet */
    int64_t frontier; /* all jobs before it have been counted, in order */
    int64_t passed, failed, inconclusive;
    uint64_t digest; /* of the digests and ends of all, in their order */
    struct sweep_group *failures, *gaps;
    size_t failure_count, failure_capacity, gap_count, gap_capacity;
    struct sweep_tally *laws, *faults;
    size_t law_count, law_capacity, fault_count, fault_capacity;
};

void sweep_open(struct sweep *);
void sweep_close(struct sweep *);
uint64_t sweep_seed(const struct sweep *, int64_t job);
const char *sweep_path(const struct sweep *, int64_t job);

/* In the process of a run: what it has to tell, as one JSON object. */
void sweep_result(const struct run_report *, enum exit_code, struct text *);
/* the scenario did not open */
void sweep_no_result(const char *complaint, enum exit_code, struct text *);

/* The result of a process that crashed or hung. */
void sweep_bad_end(const char *kind, const char *why, struct text *);

/* In the process of the sweep. False: enough failures. */
bool sweep_take(struct sweep *, int64_t job, const char *result);

/* When all is over. */
enum exit_code sweep_judge(const struct sweep *, bool interrupted);
void sweep_table(const struct sweep *, enum exit_code, int64_t wall_ms, int at_once, bool colours,
                 struct text *);
void sweep_json(const struct sweep *, enum exit_code, int64_t wall_ms, struct text *);

#endif
