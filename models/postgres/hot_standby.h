/*
 * What queries on a standby, and replay against them, need: snapshots and the rows that they keep,
 * relations with their locks, vacuum, the startup process's conflicts.
 *
 * A snapshot is its xmin: the oldest transaction that was running when it was taken. A row version
 * that a transaction older than every xmin has replaced is dead to all, and vacuum may remove it.
 */
#ifndef POSTGRES_HOT_STANDBY_H
#define POSTGRES_HOT_STANDBY_H

#include "base/memory.h"
#include "parts/key_map.h"
#include "postgres/postgres.h"

enum {
    RELATIONS_MAX = 32,   /* ever created; 0 is the workload's, "usertable" as in YCSB */
    TABLESPACES_MAX = 16, /* 0 is pg_default */
    SHORT_NAME_BYTES = 16,
    RELATION_SHIFT = 40, /* a page's number: relation << 40 | page of the relation */
    STARTUP = INT32_MAX, /* holds an exclusive lock for a transaction of the primary */
};

struct backend_queue {
    uint32_t head, tail; /* backends, + 1 */
    int64_t count;
};

struct relation {
    char name[SHORT_NAME_BYTES + 1];
    bool exists;
    uint32_t tablespace;
    int64_t live_rows, dead_rows, free_rows; /* free: room that vacuum made */

    /* Its lock: any number hold it weakly (AccessShare to ShareUpdateExclusive, as far as
     * AccessExclusive is concerned), or one exclusively. */
    int64_t weak_holders;
    uint32_t exclusive; /* a backend + 1, or STARTUP; 0: nobody */
    int64_t exclusive_xid;
    bool startup_waits; /* whoever comes later stands behind it */
    struct backend_queue waiters;

    bool vacuum_wanted, vacuum_has_command;
    uint64_t vacuum_command;
    int64_t vacuum_count, autovacuum_count;
    int64_t last_vacuum_wall_ns, last_autovacuum_wall_ns; /* 0: never */
};
struct tablespace {
    char name[SHORT_NAME_BYTES + 1];
    bool exists;
};
struct catalog {
    struct relation relations[RELATIONS_MAX];
    size_t relation_count;
    struct tablespace tablespaces[TABLESPACES_MAX];
    size_t tablespace_count;
};

/* Transactions with an xid that have not ended, ascending: ProcArray, or KnownAssignedXids. */
struct running {
    int64_t *xids;
    size_t count, capacity;
};

struct vacuum { /* one at a time, of one relation */
    bool active, is_auto;
    uint32_t relation, auto_next;
    int64_t horizon; /* OldestXmin, as it was at the beginning */
    int64_t *pages;  /* with dead rows, ascending */
    size_t page_count, page_at, page_capacity, batch;
    int64_t removed, skipped;
};

/* standby.c: why the startup process waits, and why a query was cancelled (ProcSignalReason). */
enum conflict_kind {
    CONFLICT_NONE,
    CONFLICT_TABLESPACE,
    CONFLICT_LOCK,
    CONFLICT_SNAPSHOT,
    CONFLICT_BUFFERPIN,
    CONFLICT_DEADLOCK,
    CONFLICT_KINDS
};
struct conflict {
    enum conflict_kind kind; /* that replay waits for now */
    int64_t since_ns, sleep_ns, deadlock_at_ns;
    bool deadlock_checked, listed;
    bool resolving; /* a query that it ends does not wake it: it is awake */
    struct victim {
        uint32_t backend;
        int64_t vxid;
    } *victims; /* of WaitExceedsMaxStandbyDelay: one after the other */
    size_t victim_count, victim_at, victim_capacity;
    int64_t cancelled[CONFLICT_KINDS]; /* pg_stat_database_conflicts */
    int64_t deadlocks;
    int64_t receipt_wall_ns; /* XLogReceiptTime */
    bool receipt_from_archive;
    int64_t known_flushed; /* what the startup process knows to be there: its flushedUpto */
};

#endif
