/*
 * A sequential specification: what one copy of the object, doing one thing after another, would
 * do. After Porcupine's models it is a struct of functions of (state, operation); a register
 * takes 25 lines.
 *
 * States are numbers, and two are equal when their numbers are: the specification keeps a table
 * of those that it has met (`struct linear_states`), so the search compares, hashes and stores
 * 32 bits, whatever a state is.
 */
#ifndef CHECK_LINEAR_SPEC_H
#define CHECK_LINEAR_SPEC_H

#include "base/text.h"
#include "check/history.h"

#define LINEAR_NONE UINT32_MAX /* no state, no operation, no place */

struct linear_op {
    uint8_t kind;        /* the specification's own */
    bool observes;       /* some states do not allow it */
    bool pure;           /* it leaves every state as it is */
    uint32_t a, b;       /* what it is about: states, or numbers of values */
    uint32_t makes;      /* the one state that it leaves; NONE: it depends on the state before */
    /* a state that must have been there before it, the initial one or one that was made, with none
     * made since: of a register the value that was read. NONE: not known, or several would do */
    uint32_t needs;
};
/* Nothing that a state could forbid, nothing that would be left of it. */
static inline bool linear_op_is_blind(const struct linear_op *op) {
    return !op->observes && op->makes != LINEAR_NONE;
}

struct entry; /* problem.h: an operation of a key, as `op`, and more */
struct linear_judge; /* judge.h */
struct story;

/* A string of kv (strings.h): what was there before, and what was appended. */
struct linear_string {
    uint64_t size, hash;   /* hash: of its text */
    uint32_t before, tail; /* before: a state; tail: a number of a value */
    uint32_t compared;     /* the value that it was compared with last, and whether it begins it */
    bool begins;
};
struct string_join { uint32_t before, tail, state; bool used; };
struct linear_states {
    const struct history *history;
    struct limits *limits;
    struct names texts; /* of the registers: a state's JSON */
    struct linear_string *strings; /* of kv; 0 is the empty one */
    size_t string_count, string_capacity;
    struct string_join *joins; /* open addressing by (before, tail) */
    size_t join_count, join_slots;
    uint32_t *texts_by_hash;   /* the same by hash and size; one more than the state; 0: free */
    size_t text_slots;
    uint32_t wrong_line; /* where an operation is not one of the specification's */
};
void linear_states_free(struct linear_states *);

enum linear_take {
    LINEAR_TAKEN,
    LINEAR_SAYS_NOTHING, /* it did not happen, or it is a read that nobody saw the answer of */
    LINEAR_PASSED_OVER,  /* a scan */
    LINEAR_WRONG,        /* found; expected */
    LINEAR_LIMIT,
};

struct linear_spec {
    const char *name, *operations; /* "read, write or rmw" */
    uint32_t (*initial)(struct linear_states *); /* NONE: the limit forbids it */
    /* The operation, as far as `end` tells what became of it: of a prefix of the history less is
     * known than later. */
    enum linear_take (*take)(struct linear_states *, const struct operation *,
                             enum operation_end end, struct linear_op *, struct text *wrong);
    /* The state after it; NONE: this state does not allow it (or a limit was passed). */
    uint32_t (*step)(struct linear_states *, uint32_t state, const struct linear_op *);
    /* Can the state become one that allows the observer by operations that `make` none? NULL: only
     * where it does. */
    bool (*leads)(struct linear_states *, uint32_t state, const struct linear_op *observer);
    /* Fills in `needs` where it takes all operations of a key to know; or NULL. False: a limit was
     * passed. */
    bool (*find_needs)(struct linear_states *, struct entry *, uint32_t count);
    /* Could what this operation does be what the observer saw? Where in doubt yes. NULL: by needs
     * and makes. */
    bool (*sees)(struct linear_states *, const struct linear_op *observer,
                 const struct linear_op *);
    /* "read 7"; the JSON "7". Of a value of more than whole_max bytes the ends (brief.h). True:
     * all of it. */
    void (*describe)(struct linear_states *, const struct linear_op *, size_t whole_max,
                     struct text *);
    bool (*describe_state)(const struct linear_states *, uint32_t state, size_t whole_max,
                           struct text *);
    /* More of the sentence: where came from what the stuck operation saw? NULL: by needs. */
    void (*tell_origin)(struct linear_judge *, struct story *, struct text *);
};

extern const struct linear_spec linear_register, linear_cas_register, linear_kv;

#endif
