/*
 * Grading: what the runs of a lab come to, law by law.
 *
 * Points are for what held over all seeds and was judged at least once. A run that ends before its
 * time (a mistake, a limit, a crash, a hang) fails whatever it had not judged yet, that is, all.
 * Results may come in any order; what is said is the same.
 */
#ifndef CLI_GRADE_H
#define CLI_GRADE_H

#include "run_one.h"

struct grade_item { /* a law or an expectation */
    char *name;
    int64_t points, judged, failing; /* runs */
    uint64_t seed;                   /* the smallest that fails */
    char *why;
};
struct grade {
    struct grade_item *items;
    size_t count, capacity;
    int64_t runs, ended;  /* ended: before their time */
    uint64_t ended_seed;  /* the smallest of these */
    char *ended_kind, *ended_why;
};

/* In the process of a run. The list of points first, then one of these. */
void grade_lab(const struct script_lab *, struct text *);
void grade_result(const struct run_report *, enum exit_code, struct text *);
void grade_no_result(const char *kind, const char *why, struct text *);

/* In the process of the grader: the lines of a run. */
void grade_take(struct grade *, uint64_t seed, const char *lines);
int64_t grade_points(const struct grade *), grade_points_most(const struct grade *);
bool grade_holds(const struct grade_item *);
void grade_free(struct grade *);

#endif
