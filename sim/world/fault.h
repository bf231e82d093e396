/*
 * Faults: everything that goes wrong goes through world_fault(), into one list.
 *
 * A fault's identity is (kind, targets, time), never a seq; its random detail (which sectors were
 * lost, which messages dropped) comes from that identity, so masking one fault leaves every other
 * as it was. A fault counts as effective when it changed something: a crash of a running node, a
 * cut that stopped a message. One that never did shows in the summary.
 */
#ifndef WORLD_FAULT_H
#define WORLD_FAULT_H

#include "wall/model.h"

enum fault_kind {
    /* network: from `a` to `b`, one way. SIM_NOBODY as a or b: every node. Until healed. */
    FAULT_CUT,        /* nothing passes; a stream is reset once it has waited long enough */
    FAULT_LOSS,       /* x: ppb of messages lost (of a stream: delayed by retransmission) */
    FAULT_DUPLICATE,  /* x: ppb of datagrams that arrive twice */
    FAULT_REORDER,    /* x: ppb of datagrams held back; y: by at most ns */
    FAULT_CORRUPT,    /* x: ppb with a flipped bit; y: 1 delivers them, 0: checksum, dropped */
    FAULT_DELAY,      /* x: ns more for each message */
    FAULT_CONGEST,    /* x: the bandwidth that is left, bytes per second */
    FAULT_HOLD,       /* x: the message type held back, or -1: all; y: channel or -1; until
                         released */
    /* processes */
    FAULT_CRASH,      /* a. x: 1 the power goes (unsynced data is lost), 0 the process alone dies */
    FAULT_RESTART,    /* a */
    FAULT_PAUSE,      /* a: no step, no lane; heal resumes */
    FAULT_SLOW_CPU,   /* a's host: x: ppb of its speed that is left */
    /* disks of a's host */
    FAULT_DISK_SLOW,  /* x: how many times slower, in ppb (2e9: twice) */
    FAULT_DISK_STUCK, /* nothing is answered until healed */
    FAULT_DISK_FULL,  /* writes that need space fail with ENOSPC */
    FAULT_WRITE_FAILS,/* x: how many of the next writes fail with EIO (-1: until healed) */
    FAULT_SYNC_FAILS, /* x: as above; dirty pages are dropped, as on Linux, or kept: a disk
                         setting */
    FAULT_READ_FAILS, /* x: as above */
    FAULT_SYNC_LIES,  /* syncs are answered, nothing is made durable */
    FAULT_BIT_ROT,    /* x: how many bits flip in what is durable; y: in file y, or -1: any */
    FAULT_DISK_LOST,  /* every file is gone (a crashed node starts empty) */
    /* clocks of a's host */
    FAULT_CLOCK_JUMP,   /* x: ns, both ways: the wall clock */
    FAULT_CLOCK_DRIFT,  /* x: ppb from now on: both clocks; heal: back to what the host was given */
    FAULT_CLOCK_FREEZE, /* the wall clock stands still, the monotonic one runs on */
    FAULT_CLOCK_LIE,    /* x: the bound that its time service states from now on, whatever the
                           truth */
    FAULT_KINDS,
};

struct fault {
    enum fault_kind kind;
    sim_node a, b; /* SIM_NOBODY: not used, or every node */
    int64_t x, y;
};

/* One entry of the list of what was injected. */
struct fault_entry {
    struct fault fault;
    int64_t t, seq;      /* when, and its record */
    int64_t healed_ns;   /* INT64_MAX while it lasts */
    int64_t effective;   /* how often it changed something; 0: never */
    bool generated;      /* drawn from the seed: that it found nothing to change is chance */
    bool planned;        /* by a plan (a storm, or --faults), not by the scenario itself */
    int64_t until_ns;    /* of a planned one: when it was to be healed; INT64_MAX: never */
};

const char *fault_kind_name(enum fault_kind); /* "cut", as in faults.jsonl */
/* False when there is none of that name. */
bool fault_kind_find(const char *name, enum fault_kind *);

#endif
