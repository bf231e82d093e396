/* What the files that judge a history share. Not for others. */
#ifndef CHECK_LINEAR_JUDGE_H
#define CHECK_LINEAR_JUDGE_H

#include "check/check.h"
#include "check/linear/search.h"

struct linear_judge {
    const struct linear_spec *spec;
    const struct history *history;
    struct limits *limits;
    struct check_result *result;
    struct linear_states states;
    uint32_t *invoked, *completed; /* operations by key, then in order */
    size_t *invoked_begin, *completed_begin; /* of each key; one more than keys */
    uint64_t passed_over, observed, configurations;
};

struct problem_part judge_part(const struct linear_judge *, uint32_t key);
/* Makes the problem and searches; both are to be freed when it is not LINEAR_TAKEN either. */
struct attempt {
    struct problem problem;
    struct search search;
    enum linear_take made;
    enum search_answer answer; /* where it was made */
};
void attempt(struct attempt *, struct linear_judge *, const struct problem_part *,
             uint64_t steps_max);
void attempt_free(struct attempt *);

void linear_judge(const struct linear_spec *, const struct history *, struct limits *,
                  struct check_result *);

/* explain.c: an anomaly for a key whose operations have no order. The search took so many steps to
 * see that, and was stuck about that line. */
void explain(struct linear_judge *, uint32_t key, uint64_t steps, uint32_t stuck_line);

/* tell.c: the sentence. */
enum { NAMED_MAX = 4 };
struct story {
    const struct problem_part *part;
    const struct check_explanation *explanation;
    const struct attempt *order; /* what the explanation's steps are the end of */
    struct linear_op op;     /* of what is stuck */
    bool has_op;             /* else it says that it did not happen, and yet it did */
    uint32_t possible[CHECK_POSSIBLE_MAX]; /* what it could have seen, as states */
    size_t possible_count;
    uint32_t named[NAMED_MAX]; /* the operations that the sentence tells of, but what is stuck */
    size_t named_count;
};
void tell_why(struct linear_judge *, uint32_t key, struct story *, struct text *);
/* "process 3 (lines 7 to 9)" */
void tell_who(const struct linear_judge *, struct story *, uint32_t operation, struct text *);
void tell_string_origin(struct linear_judge *, struct story *, struct text *); /* of kv */
static inline const struct operation *story_operation(const struct linear_judge *j,
                                                      uint32_t number) {
    return &j->history->operations[number];
}

#endif
