/*
 * The node model `paxos_decree`: one decree, of which every node is proposer, acceptor and learner.
 *
 *   decree_node.c    events to the core, its output to effects
 *   distinguished.c  the failure detector, and whose turn it is to propose
 *   decree_tables.c  knobs, notes, the view, and what else an observer sees
 */
#ifndef PAXOS_DECREE_NODE_H
#define PAXOS_DECREE_NODE_H

#include "parts/journal.h"
#include "paxos/core/decree.h"

enum decree_knob {
    KNOB_PEERS,
    KNOB_GROUP,
    KNOB_RETRY_MIN,
    KNOB_RETRY_MAX,
    KNOB_EXPONENTIAL,
    KNOB_TIMEOUT,
    KNOB_DISTINGUISHED,
    KNOB_PROPOSER,
    KNOB_ALIVE_INTERVAL,
    KNOB_SUSPECT_AFTER,
    KNOB_PROCESS,
    KNOB_Q1,
    KNOB_Q2,
    KNOB_INSIST,
    DECREE_KNOBS
};
enum { NOTE_FORWARDED = DECREE_NOTES };
enum decree_probe { PROBE_BALLOT, PROBE_ATTEMPTS, PROBE_LEARNED, PROBE_MESSAGES_SENT, PROBE_SYNCS };
enum decree_command { COMMAND_PROPOSE };
enum decree_bug { BUG_UNSYNCED_PROMISE, BUG_IGNORE_ACCEPTED, BUG_REUSED_BALLOT };
enum distinguished { DISTINGUISHED_NONE, DISTINGUISHED_LOWEST_ALIVE, DISTINGUISHED_NODE };
enum { TIMER_WAKE = 1, TIMER_ALIVE };
enum { CHANNEL_SYNOD };
enum { REQUESTS_MAX = 64 };

struct decree_node {
    struct decree decree;
    struct journal journal;
    /* whose turn it is */
    enum distinguished distinguished;
    sim_node proposer;
    int64_t alive_interval_ns, suspect_after_ns;
    int64_t heard_ns[PAXOS_MEMBERS_MAX]; /* by place; 0: never */
    /* the rest */
    int64_t process_ns;
    int64_t messages_sent;
    uint64_t requests[REQUESTS_MAX]; /* who wait for what is chosen */
    size_t request_count;
};

void *decree_node_init(const struct sim_config *, struct text *refusal);
void decree_node_step(void *state, const struct sim_event *, struct sim_out *);
void decree_node_send(struct decree_node *, const struct decree_message *, struct sim_out *);
bool decree_node_read(const struct sim_message *, struct decree_message *);

/* distinguished.c. SIM_NONE: anyone may. */
int64_t paxos_distinguished_proposer(const struct decree_node *, int64_t now_ns);
void paxos_distinguished_heard(struct decree_node *, sim_node, int64_t now_ns);
void paxos_distinguished_tell(struct decree_node *, const struct sim_event *, struct sim_out *);

#endif
