/*
 * A history in memory: what clients asked, and what they were told (FORMATS.md, section 3, as
 * Jepsen has them). An operation is an invoke and what completed it; operations stand in the
 * order of their invokes, `completions` in that of their ends. Whatever JSON keys and values
 * are, here they are numbers of names: two are equal when their numbers are.
 *
 * Some 70 bytes an operation, and each distinct value once. Owner: who declared it;
 * history_free.
 */
#ifndef CHECK_HISTORY_H
#define CHECK_HISTORY_H

#include "check/names.h"

/* OPEN: no completion in the file, which says no more than INFO. */
enum operation_end { OPERATION_OPEN, OPERATION_OK, OPERATION_FAIL, OPERATION_INFO };
enum { VALUE_NULL = 0 }; /* the number of the value null, in every history */

struct operation {
    int64_t invoked_ns, ended_ns; /* ended: of what has no completion, 0 */
    int64_t version;              /* of an ok that has one */
    /* an order of all events, too. Of what has no completion, UINT32_MAX */
    uint32_t invoked_line, ended_line;
    uint32_t process, client; /* client: NAMES_NONE where none is named */
    uint32_t f, key;          /* key: the number of null where there is none */
    uint32_t asked, told;     /* the values on invoke and on completion */
    uint32_t error;           /* NAMES_NONE: none */
    uint8_t end;              /* an enum operation_end */
    uint8_t has_version;
};

struct nemesis_event { int64_t ns; uint32_t f; }; /* f: among the functions */

struct history {
    /* canonical JSON; functions without quotes */
    struct names functions, keys, values, processes, clients, errors;
    struct operation *operations;
    size_t count, capacity;
    uint32_t *completions; /* operations with a completion */
    size_t completion_count, completion_capacity;
    struct nemesis_event *nemesis; /* events of no client, as far as they say what was done */
    size_t nemesis_count, nemesis_capacity;
};

/* False: the limit forbids even an empty one; it is freed all the same. */
bool history_begin(struct history *, struct limits *);
void history_free(struct history *, struct limits *);
/* NAMES_NONE: nobody asked that */
uint32_t history_function(const struct history *, const char *f);

static inline bool operation_is_ok(const struct operation *o) { return o->end == OPERATION_OK; }
/* It took effect, or may have. */
static inline bool operation_may_be(const struct operation *o) { return o->end != OPERATION_FAIL; }

#endif
