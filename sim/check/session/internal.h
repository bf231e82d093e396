/* What the files of this folder share. Not for others. */
#ifndef CHECK_SESSION_INTERNAL_H
#define CHECK_SESSION_INTERNAL_H

#include "check/check.h"
#include "check/graph.h"

/* In this order in the result's rules. */
enum guarantee {
    READ_YOUR_WRITES, MONOTONIC_READS, MONOTONIC_WRITES, WRITES_FOLLOW_READS, GUARANTEES
};
#define NONE UINT32_MAX /* no operation, no place */

/*
 * What is known of a value of the key that is being judged. Its place is its number among the key's
 * values; place 0 is the initial value, null, which comes before all writes.
 */
struct place {
    uint32_t value;
    uint32_t writer, second_writer, failed_writer; /* operations, or NONE */
    uint32_t asked_line;                           /* of the writer's invoke */
    uint32_t version_by; /* the operation that told its version, or NONE */
    int64_t version;
    bool is_read; /* by an ok whose write is known */
};

struct judge {
    const struct history *history;
    struct limits *limits;
    struct check_result *result;
    uint32_t read, write, rmw; /* numbers of these functions, or NAMES_NONE */

    /* Operations on which this is about, by key, then session; `invoked` by invoke, `completed`,
     * the ok alone, by completion. */
    uint32_t *invoked, *completed, *spare;
    size_t invoked_count, completed_count, list_capacity[3];

    /* Of the key. */
    uint32_t key;
    size_t invoked_begin, invoked_end, completed_begin, completed_end;
    uint32_t *place_of; /* by value; one more than it is; 0: none yet */
    struct place *places;
    size_t place_count, place_capacity;

    struct graph graph;
    uint32_t *members, *starts; /* order.c: nodes by component */
    bool *explained;
    size_t member_capacity, start_capacity, explained_capacity;

    uint64_t by_version, by_order, skipped;
};

static inline const struct operation *operation(const struct judge *j, uint32_t o) {
    return &j->history->operations[o];
}
static inline bool writes(const struct judge *j, const struct operation *o) {
    return o->f == j->write || o->f == j->rmw;
}
/* And tells what it saw. */
static inline bool reads(const struct judge *j, const struct operation *o) {
    return operation_is_ok(o) && (o->f == j->read || o->f == j->rmw);
}
static inline uint32_t session_of(const struct history *h, const struct operation *o) {
    return o->client != NAMES_NONE ? o->client : (uint32_t)h->clients.count + o->process;
}
static inline const char *value_of(const struct judge *j, const struct place *p) {
    return names_string(&j->history->values, p->value);
}

/* ---- values.c ---- */

/* The places of the key's values, with what is wrong with single reads. False: a limit was passed,
 * or the history is malformed. */
bool values_collect(struct judge *);
void values_forget(struct judge *);
/* Can all be judged by versions? Else writes must be unique: false, and malformed, when they are
 * not. */
bool values_have_versions(const struct judge *);
bool values_are_unique(struct judge *);
/* The place of what it read, or wrote; NONE: nothing, or nothing that can be judged. */
uint32_t place_read(const struct judge *, const struct operation *);
uint32_t place_written(const struct judge *, const struct operation *);

/* ---- sweep.c ---- */

/* A session's walk over its operations on the key: each that was completed, before each invoked
 * after. */
struct sweep {
    void *context;
    void (*begin)(void *context); /* another session */
    bool (*completed)(void *context, uint32_t operation);
    bool (*invoked)(void *context, uint32_t operation);
};
bool sweep_sessions(struct judge *, const struct sweep *);
/* Has the session done such a thing before, so that a guarantee speaks of this? Counts it as
 * judged. */
struct before { bool reads, writes; };
void count_judged(struct judge *, const struct before *, bool it_reads, bool it_writes);

/* ---- versions.c, order.c ---- */

bool judge_by_versions(struct judge *);
bool judge_by_order(struct judge *);

/* ---- report.c ---- */

extern const char *const guarantee_names[GUARANTEES];
/* The guarantee that speaks of an earlier read or write and a later one. */
static inline enum guarantee guarantee_of(bool earlier_writes, bool later_writes) {
    return later_writes ? earlier_writes ? MONOTONIC_WRITES : WRITES_FOLLOW_READS
                        : earlier_writes ? READ_YOUR_WRITES : MONOTONIC_READS;
}
bool report_read(struct judge *, const char *name, uint32_t reader, uint32_t writer);
bool report_contradiction(struct judge *, uint32_t reader, const struct place *);
/* A pair of one session's operations: places, or versions where the key has them. */
struct breach {
    enum guarantee guarantee;
    uint32_t earlier, later;             /* operations */
    const struct place *first, *second;  /* what they read or wrote; NULL: place unknown */
    bool has_versions, second_is_null;
    int64_t first_version, second_version;
};
bool report_breach(struct judge *, const struct breach *);
/* The cycle in the graph, whose labels are operations and whose visible nodes are places. */
bool report_cycle(struct judge *, bool is_of_one, enum guarantee only);

#endif
