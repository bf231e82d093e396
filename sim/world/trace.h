/*
 * Records: what happened, in order, each with its number and its cause.
 *
 * The engine makes a record of everything that it does; `seq` numbers them from 1, `cause` is the
 * seq of the record that led to it (0: the scenario itself), so that from any record one can walk
 * back to the start. Every record is folded into the digest whether or not anybody reads it. Sinks
 * see each record once; the record and what it points to live until the sink returns, a sink
 * changes nothing.
 */
#ifndef WORLD_TRACE_H
#define WORLD_TRACE_H

#include "wall/model.h"

/* What fields hold, by kind; fields not named are 0, node and peer SIM_NOBODY. */
enum record_kind {
    RECORD_START = 1,  /* node; a: files that survived */
    RECORD_SEND,       /* node, peer, channel, type, a: message's number, b: modelled bytes,
                          bytes */
    RECORD_DELIVER,    /* node: receiver, peer: sender, the rest as SEND; text: "corrupt" or NULL */
    RECORD_DROP,       /* as DELIVER; text: why */
    RECORD_PEER,       /* node, peer, channel; a: 1 up, 0 down; text: why */
    RECORD_TIMER,      /* node; a: the timer's id */
    RECORD_DISK,       /* node; type: sim_disk_op; channel: sim_disk_error; a: file, b: modelled
                          bytes; quiet operations have none unless they fail */
    RECORD_WORK,       /* node; a: lane, b: tag */
    RECORD_CRASH,      /* node; a: 1 the power went, 0 the process alone; b: unsynced writes lost;
                          text: the reason of a halt, or NULL */
    RECORD_RESTART,    /* node */
    RECORD_PAUSE,      /* node */
    RECORD_RESUME,     /* node */
    RECORD_FAULT,      /* node, peer: targets; type: fault_kind; a, b: its arguments; c: its
                          index */
    RECORD_HEAL,       /* the same, of what has ended; c: index, or -1 when nothing was there to
                          heal */
    RECORD_DISCIPLINE, /* node; a: step_ns, b: rate_ppb, c: error_ns */
    RECORD_COMMAND,    /* node; type: which; a: request. With peer == node: the reply; b: ok;
                          bytes */
    RECORD_NOTE,       /* node; type: which; values: its arguments */
    RECORD_FACT,       /* node; type: which; values: group, a, b, c */
    RECORD_INVOKE,     /* node; a: process, b: operation, c: its order of invocation; text: f;
                          key, bytes; values[0]: the client, if one is named */
    RECORD_RETURN,     /* as INVOKE; type: sim_outcome; bytes: value; error; values[0]: ns since
                          invoke; with a client or a version also [1]: client or SIM_NONE, [2]:
                          version or 0 */
    RECORD_LAW,        /* a breach. type: the law's index in the world; text: why; cause: the
                          fact */
    RECORD_KINDS,
};

#define SIM_NOBODY UINT32_MAX

struct record {
    int64_t seq, cause, t; /* t: true time, ns */
    enum record_kind kind;
    uint32_t type, channel;
    sim_node node, peer;
    int64_t a, b, c;
    const int64_t *values;
    size_t count;
    struct sim_bytes bytes, key;
    const char *text, *error;
};

const char *record_kind_name(enum record_kind); /* "send", as in trace.jsonl */

struct trace_sink {
    void (*record)(void *context, const struct record *);
    void *context;
    struct trace_sink *next;
};

#endif
