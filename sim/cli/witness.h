/*
 * A witness of a run: the digest after every so many records, few enough to be sent along, so that
 * another run can be held against it and the first difference be found to within a few records.
 *
 * The marks thin out as the run goes on: there are at most WITNESS_MARKS of them, at multiples of a
 * stride that doubles. A run of fewer records has one for each.
 */
#ifndef CLI_WITNESS_H
#define CLI_WITNESS_H

#include "world/sim.h"

enum { WITNESS_MARKS = 4096, WITNESS_LINES = 12 };

struct witness_mark { int64_t seq; uint64_t digest; };
struct witness {
    int64_t stride; /* 0: 1 */
    struct witness_mark marks[WITNESS_MARKS];
    size_t count;
    bool ended; /* then: of the whole run */
    int64_t records;
    uint64_t digest;
    /* the run that it is held against; NULL: none */
    const struct witness *expected;
    size_t agreed;        /* marks of the expected that this run has had too */
    int64_t agreed_seq;   /* up to this record all is the same */
    bool differs;
    struct text since;    /* what this run did after that: the first WITNESS_LINES records, a
                             line each */
    int lines;
    struct trace_sink sink;
    const struct world *world;
};

/* From here on it sees each record of the world; it must live as long as that. */
void witness_watch(struct witness *, struct world *);
void witness_end(struct witness *); /* when nothing more happens */
/* Whether it ended as the one it is held against. */
bool witness_same(const struct witness *);
void witness_free(struct witness *);

#endif
