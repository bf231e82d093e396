/*
 * What clients experienced, in numbers: counts and latency by operation, over time and by client.
 *
 * A latency is true time from invoke to return, of operations that succeeded. Written at the end:
 *   latency.dat       a row a time bin: rates and percentiles; a block for all, one an operation
 * (by its name in the history), one a client node distribution.dat  the same blocks: latency
 * against the share of operations below it clients.dat       a row for each client node and
 * operation: counts and percentiles operations.dat    single operations: all of them, or every 2nd,
 * 4th, ... of a long run Memory is bounded: OPERATION_KINDS_MAX operations, OPERATION_BLOCKS_MAX
 * client nodes with a block, OPERATION_CLIENTS_MAX rows, OPERATION_SAMPLES_MAX samples.
 */
#ifndef REPORT_OPERATIONS_H
#define REPORT_OPERATIONS_H

#include "report/latency.h"
#include "report/output.h"
#include "world/sim.h"

enum {
    OPERATION_KINDS_MAX = 32,
    OPERATION_BLOCKS_MAX = 32,
    OPERATION_CLIENTS_MAX = 256,
    OPERATION_SAMPLES_MAX = 16384,
};

struct operation_kind {
    char name[48]; /* f; kinds past the maximum are all counted as "(others)" */
    int64_t ok, fail, info;
    struct latency latency;
};

struct operations;

/* Adds itself to the world as a sink; run_ns, how long the run is to be, decides the time bins. */
struct operations *operations_open(struct world *, int64_t run_ns);
void operations_write(struct operations *, struct folder *);
void operations_close(struct operations *);

/* Index 0 is all operations together, then one an operation; NULL past the end. */
struct operation_kind *operations_kind(struct operations *, size_t index);

#endif
