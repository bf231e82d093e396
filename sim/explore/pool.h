/*
 * Many jobs, each in a process of its own, some at a time.
 *
 * A process that crashes or hangs is a result like any other, and whatever it did to its memory is
 * gone with it. Jobs are numbered from 0 and begun in that order; they end in any. One pool at a
 * time.
 */
#ifndef EXPLORE_POOL_H
#define EXPLORE_POOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum pool_end { POOL_DONE, POOL_CRASHED, POOL_HUNG };
struct pool_result {
    int64_t job;
    enum pool_end end;
    int code, signal;  /* its exit code, or the signal that killed it */
    const char *bytes; /* what it wrote, 0-terminated; until the callback returns */
    size_t size;
};

struct pool {
    int64_t jobs;       /* how many there are */
    int at_once;        /* processes */
    int64_t timeout_ms; /* of wall time; one that takes longer has hung, and is killed */
    void *context;
    /* In the process of its own: writes to the descriptor, returns its exit code. */
    int (*work)(void *context, int64_t job, int to);
    /* In this process. False: enough, what still runs is killed and forgotten. */
    bool (*done)(void *context, const struct pool_result *);
    /* A few times a second, and after each job; false: as above. May be NULL. */
    bool (*tick)(void *context);
};

/* What `work` has to say, all of it. */
void pool_tell(int to, const char *bytes, size_t size);

/* False, with errno: no process could be made, or no pipe. */
bool pool_run(const struct pool *);

#endif
