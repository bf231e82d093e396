/*
 * The synod: one decree, chosen once. Proposer, acceptor and learner in one, as a pure core.
 *
 * Lamport, "Paxos Made Simple" (2001), section 2. The invariant that all rules serve is P2c: for a
 * proposal (n, v) there is a majority of acceptors such that either none of them has accepted a
 * proposal below n, or v is the value of the highest-numbered proposal below n that one of them has
 * accepted (section 2.2). From it follows that once a value is chosen no other ever is.
 *
 *   decree_acceptor.c   phases 1(b) and 2(b): what an acceptor answers
 *   decree_proposer.c   phases 1(a) and 2(a): numbers, values, and when to try again
 *   decree_learner.c    who learns what was chosen (section 2.3)
 *   decree.c            which message goes where, and what waits for the disk
 *
 * Event in, output out: the core sends nothing and writes nothing. Its caller delivers the output's
 * messages and puts its records into stable storage, in order, and says when they are durable; what
 * depends on them is held here until then (section 2.5). A value is an integer above 0.
 *
 * Owner: who declared it. Nothing is allocated.
 */
#ifndef PAXOS_CORE_DECREE_H
#define PAXOS_CORE_DECREE_H

#include "base/random.h"
#include "paxos/core/ballot.h"
#include "paxos/core/quorum.h"

enum decree_type {
    DECREE_PREPARE,  /* ballot */
    DECREE_PROMISE,  /* ballot; the accepted proposal of the highest number, if any */
    DECREE_ACCEPT,   /* ballot, value */
    DECREE_ACCEPTED, /* ballot, value */
    DECREE_REJECT,   /* ballot; accepted_ballot: what was promised to another */
    DECREE_LEARN,    /* ballot, value: chosen */
    DECREE_FORWARD,  /* the node model's: a value for the distinguished proposer */
    DECREE_ALIVE,    /* the node model's failure detector's */
    DECREE_TYPES
};
struct decree_message {
    enum decree_type type;
    sim_node peer;
    int64_t ballot, accepted_ballot, value;
};

/* What an acceptor must not forget. */
struct decree_record {
    int64_t promised, accepted_ballot, value;
};

enum decree_note {
    DECREE_NOTE_PREPARE,
    DECREE_NOTE_PROMISED,
    DECREE_NOTE_PREPARE_REJECTED,
    DECREE_NOTE_ACCEPTED,
    DECREE_NOTE_ACCEPT_REJECTED,
    DECREE_NOTE_FREE,
    DECREE_NOTE_BOUND,
    DECREE_NOTE_PREEMPTED,
    DECREE_NOTE_TIMEOUT,
    DECREE_NOTE_CHOSEN,
    DECREE_NOTE_LEARNED,
    DECREE_NOTE_RECOVERED,
    DECREE_NOTES
};

enum {
    DECREE_HELD_MAX = 8 * PAXOS_MEMBERS_MAX,
    DECREE_OUT_MAX = DECREE_HELD_MAX + 2 * PAXOS_MEMBERS_MAX, /* all that was held, and an answer */
    DECREE_SAID_MAX = DECREE_OUT_MAX
};
struct decree_said {
    bool fact; /* of enum paxos_fact, else of enum decree_note */
    int64_t values[5];
};
struct decree_out {
    struct decree_message messages[DECREE_OUT_MAX];
    struct decree_record record;
    struct decree_said said[DECREE_SAID_MAX];
    size_t message_count, said_count;
    bool records; /* `record` is to be put into stable storage, in place of the last */
    bool wakes;   /* call decree_woken in so long, instead of when last asked for */
    int64_t wake_ns;
};

enum decree_phase { DECREE_IDLE, DECREE_WAITING, DECREE_PREPARING, DECREE_ACCEPTING };

struct decree_config {
    sim_node self;
    int64_t group;
    struct quorum_system quorum;
    int64_t retry_min_ns, retry_max_ns, timeout_ns;
    bool exponential;
    /* mistakes */
    bool unsynced_promise, ignore_accepted, reused_ballot;
};

struct decree {
    struct decree_config config;
    /* the acceptor */
    struct decree_record acceptor;
    /* the proposer */
    enum decree_phase phase;
    int64_t own;             /* the value to propose if it is free to choose; 0: none */
    int64_t ballot, tried;   /* the present one; its round, or that of the last */
    int64_t bound, bound_to; /* the highest proposal that a promise told of */
    uint64_t promises, acceptances;
    int64_t attempts; /* since something was chosen or asked for */
    /* the learner */
    int64_t learned;
    /* what waits until so many records are durable */
    struct {
        struct decree_message message;
        int64_t after;
    } held[DECREE_HELD_MAX];
    size_t held_count;
    int64_t records, durable;
};

void decree_begin(struct decree *, const struct decree_config *);
/* At a start: what the last record of stable storage says. */
void decree_recover(struct decree *, const struct decree_record *, struct decree_out *);
/* A client asks for a value. may_begin false: another is the distinguished proposer. */
void decree_propose(struct decree *, int64_t value, bool may_begin, struct decree_out *);
void decree_receive(struct decree *, const struct decree_message *, struct random *,
                    struct decree_out *);
/* The first `count` records that were handed out are durable. */
void decree_durable(struct decree *, int64_t count, struct decree_out *);
/* It is time to try again, if nothing has been learned. */
void decree_woken(struct decree *, bool may_begin, struct decree_out *);

/* ---- between the files of the core ---- */

void decree_send(struct decree_out *, enum decree_type, sim_node to, int64_t ballot,
                 int64_t accepted_ballot, int64_t value);
void decree_send_all(const struct decree *, struct decree_out *, enum decree_type, int64_t ballot,
                     int64_t value);
/* Keeps the acceptor's state; the messages of decree_hold go when that is durable. */
void decree_keep(struct decree *, struct decree_out *);
void decree_hold(struct decree *, enum decree_type, sim_node to, int64_t ballot,
                 int64_t accepted_ballot, int64_t value);
void decree_note(struct decree_out *, enum decree_note, int64_t a, int64_t b, int64_t c);
void decree_fact(const struct decree *, struct decree_out *, int64_t fact, int64_t a, int64_t b,
                 int64_t c);

void decree_prepare(struct decree *, struct decree_out *); /* phase 1(a) */
void decree_prepared(struct decree *, const struct decree_message *, struct decree_out *);
void decree_promised(struct decree *, const struct decree_message *, struct decree_out *);
void decree_accept(struct decree *, const struct decree_message *, struct decree_out *);
void decree_accepted(struct decree *, const struct decree_message *, struct decree_out *);
void decree_higher_seen(struct decree *, int64_t ballot, struct random *, struct decree_out *);
void decree_learn(struct decree *, int64_t ballot, int64_t value, struct decree_out *);

#endif
