/*
 * What a check may use: memory that is counted, and wall time. Every array of a checker grows
 * through here, so `--memory` is a limit on what was asked for, and is refused before it is
 * passed; loops call limits_tick, so `--timeout` is kept within a few thousand steps. A check
 * that passes a limit ends as "unknown", never as an error of the program. Where the answer must
 * be the same on every machine, the limits are memory and `ticks_max`, and no deadline.
 *
 * Owner: the caller of the check. What was taken is given back by whoever took it.
 */
#ifndef CHECK_LIMITS_H
#define CHECK_LIMITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct limits {
    size_t memory_max;   /* bytes; 0: no limit */
    int64_t deadline_ns; /* of limits_now; 0: none */
    size_t memory_used, memory_peak;
    uint64_t ticks, ticks_max; /* steps of a loop; max 0: no limit. The same on every machine */
    const char *passed; /* which limit was: a sentence. NULL: none so far */
};

int64_t limits_now(void); /* the machine's monotonic clock */
/* False once a limit was passed. Looks at the clock every LIMITS_TICKS calls. */
enum { LIMITS_TICKS = 4096 };
bool limits_look(struct limits *); /* at the clock, now */
/* Many steps at once: bytes that are compared. */
static inline bool limits_charge(struct limits *l, size_t steps) {
    const uint64_t before = l->ticks / LIMITS_TICKS;
    l->ticks += steps;
    return l->ticks / LIMITS_TICKS == before ? !l->passed : limits_look(l);
}
static inline bool limits_tick(struct limits *l) {
    return ++l->ticks % LIMITS_TICKS ? !l->passed : limits_look(l);
}

/* Makes room for `count` elements in the array at *array, growing by halves. False: the limit
 * forbids it. */
bool limits_grow(struct limits *, void *array, size_t *capacity, size_t count, size_t element_size);
void *limits_take(struct limits *, size_t count, size_t element_size); /* zeroed; NULL: the limit */
void limits_give(struct limits *, void *, size_t count, size_t element_size);

#endif
