/*
 * The operations of one key, made ready for the search: what is certain to have happened (ok,
 * and a cas that saw a mismatch) has an end by which it must have; what is optional (info, and
 * what has no completion) has none.
 *
 * Two lists, certain and optional, in order of invokes, doubly linked so that what the search
 * has placed is lifted out and put back in constant time (Knuth's dancing links; Lowe has them
 * in "Testing for linearizability", 2017).
 *
 * What is optional is left out here where it can make no difference. A pure one changes nothing.
 * Another lives from its invoke until the last operation that could see what it did has
 * completed: taken later, or never seen by anyone, it could as well not have happened, as what
 * it did is in no state from which anything was observed.
 *
 * A slot is a bit of the search's record of what has been taken. An operation has it for as long
 * as it is open, then the next one gets it, so records grow with how much went on at once, not
 * with the length of the history.
 */
#ifndef CHECK_LINEAR_PROBLEM_H
#define CHECK_LINEAR_PROBLEM_H

#include "check/linear/spec.h"

struct entry {
    struct linear_op op;
    uint32_t call, end;      /* lines. Of what is optional, end is the last moment of its life */
    uint32_t operation;      /* in the history */
    uint32_t effect;         /* two with one effect do the same; NONE: no other has it */
    uint32_t needed, made;   /* numbers of the states that `needs` and `makes` name; NONE */
    uint32_t slot;
    uint32_t next, previous;
    /* of those that need one state and are not taken, by end; NONE: no more */
    uint32_t next_wanted, previous_wanted;
    bool optional, taken, dead;
};

/* What of the history it is about: the key's operations by invoke, and by completion. */
struct problem_part {
    const uint32_t *invoked, *completed;
    size_t invoked_count, completed_count;
    uint32_t line_max; /* nothing after this line is known */
    uint32_t peek;     /* this operation is allowed in each state that is not excluded; NONE */
    const uint32_t *excluded;
    size_t excluded_count;
};

struct problem {
    const struct linear_spec *spec;
    struct linear_states *states;
    const struct problem_part *part;
    struct entry *entries; /* two more than `count`: the heads of the lists */
    uint32_t count, certain, optional;
    uint32_t *ends;       /* certain entries by their end */
    uint32_t *deaths;     /* optional entries by the end of their life */
    /* of a place in `ends`: the first from there on that observes; `certain`: none */
    uint32_t *next_observer;
    uint32_t certain_words, optional_words; /* for the slots, 64 a word */
    uint32_t initial, made_count; /* the initial state is number 0 of those made */
    uint64_t passed_over;
    size_t capacity; /* of all arrays */
};

static inline uint32_t problem_head(const struct problem *p, bool optional) {
    return p->count + optional;
}

/* LINEAR_TAKEN: made. LINEAR_WRONG: what is wrong is in the text, its line in the states.
 * LINEAR_LIMIT. In all cases problem_free. O(operations), and optional times observers for kv. */
enum linear_take problem_make(struct problem *, const struct linear_spec *, struct linear_states *,
                              const struct problem_part *, struct text *wrong);
void problem_free(struct problem *);

static inline uint32_t problem_step(struct problem *p, uint32_t state, const struct entry *e) {
    if (e->operation != p->part->peek) return p->spec->step(p->states, state, &e->op);
    for (size_t i = 0; i < p->part->excluded_count; i++)
        if (p->part->excluded[i] == state) return LINEAR_NONE;
    return e->op.makes == LINEAR_NONE ? state : e->op.makes;
}

#endif
