/*
 * A check: a specification judges a history. After Porcupine, a specification is a struct of
 * pure functions; here it is one, as what is shared by all (reading, lint, limits, printing) is
 * outside it. One more: its file, and its line in the table of check.c.
 *
 * A judgement is sound in both directions or says so: FALSE only for what no execution that
 * keeps the specification can have shown, UNKNOWN where nothing was there to judge or a limit
 * was passed.
 */
#ifndef CHECK_CHECK_H
#define CHECK_CHECK_H

#include "base/text.h"
#include "check/history.h"

enum check_verdict { CHECK_VALID, CHECK_INVALID, CHECK_UNKNOWN };

/* Why no order of the operations will do: the longest one that was found, and the operation that
 * fits nowhere in it. All texts are its own. */
struct check_step { uint32_t operation; char *state; }; /* the state after it */
enum { CHECK_STEPS_MAX = 12, CHECK_POSSIBLE_MAX = 8, CHECK_OPERATIONS_MAX = 20 };
struct check_explanation {
    uint32_t line;         /* the history fails up to this line, and up to no earlier one */
    uint32_t stuck;        /* the operation that cannot be placed */
    char *saw;             /* what it saw */
    char *possible[CHECK_POSSIBLE_MAX]; /* what it could have seen */
    size_t possible_count;
    bool possible_more;    /* there may be others */
    struct check_step steps[CHECK_STEPS_MAX]; /* the order's last ones */
    size_t step_count;
    uint64_t steps_before; /* so many came before these */
    char *state;           /* before the first of them */
};

struct anomaly {
    const char *name;      /* static: "read-your-writes" */
    /* which of the result's rules are broken, as bits; more than one: together */
    uint32_t rules;
    uint32_t key;
    uint32_t *operations;  /* those concerned, in the order in which `why` tells them */
    size_t count;
    uint64_t left_out;     /* so many more ran meanwhile */
    char *why;             /* one sentence, for someone who has not read the paper */
    /* or NULL: not asked for, or a limit was reached before it was found */
    struct check_explanation *explanation;
};
struct check_rule { /* what was judged, rule by rule */
    const char *name;
    uint64_t judged, violated;
};
struct check_figure { /* anything else worth a number in the answer */
    const char *name;
    uint64_t value;
};

enum { CHECK_RULES_MAX = 8, CHECK_FIGURES_MAX = 12 };
struct check_result {
    enum check_verdict verdict;
    uint64_t operations, keys; /* all that the history has; keys that were judged */
    struct anomaly *anomalies; /* the first anomalies_max of them */
    size_t anomaly_count, anomaly_capacity;
    uint64_t anomalies_found, anomalies_max; /* max: by the caller */
    struct check_rule rules[CHECK_RULES_MAX];
    struct check_figure figures[CHECK_FIGURES_MAX];
    size_t rule_count, figure_count;
    struct text why;            /* of the verdict, a sentence */
    /* the history cannot be judged by this specification: found; expected */
    struct text malformed;
    uint32_t malformed_line;
};

struct check_spec {
    const char *name, *summary;
    /* Fills in the rules, figures, keys and anomalies; verdict and `why` unless a limit was passed
     * or it is malformed, which check_run sees to; of a limit `why` may say how far it came. Takes
     * memory and time by the limits alone, and gives all memory back but the anomalies'. */
    void (*judge)(const struct history *, struct limits *, struct check_result *);
};

extern const struct check_spec *const check_specs[]; /* ends with NULL */
const struct check_spec *check_spec_named(const char *name); /* NULL: none */

/* Into a result that is zeroed but for anomalies_max. check_result_free when done, with the same
 * limits. */
void check_run(const struct check_spec *, const struct history *, struct limits *,
               struct check_result *);
void check_result_free(struct check_result *, struct limits *);

/* One more anomaly; its operations are copied, the text of `why` and the explanation are taken.
 * Beyond anomalies_max it is only counted. False: the limit forbids it. */
bool check_add_anomaly(struct check_result *, struct limits *, const struct anomaly *,
                       struct text *why);
void check_explanation_free(struct check_explanation *, struct limits *); /* NULL is fine */
/* The text, counted by the limits; given back by check_forget. NULL: the limit forbids it. */
char *check_keep(struct limits *, struct text *);
void check_forget(struct limits *, char *);
static inline bool check_shows_more(const struct check_result *r) { /* is the next anomaly kept? */
    return r->anomaly_count < r->anomalies_max;
}
void check_add_figure(struct check_result *, const char *name, uint64_t value);

#endif
