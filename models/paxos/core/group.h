/*
 * A sequence of decrees: Multi-Paxos, as a pure core. Its state, and what its files call of one
 * another.
 *
 *   group.c      events in; which message goes where
 *   stable.c     records, what waits for them, and recovery
 *   prepare.c    phase 1, once for all instances: prepare, promise, take-over
 *   accept.c     phase 2: accept, accepted, chosen; the window
 *   learn.c      what is chosen becomes known, in order; catch-up
 *   leader.c     the failure detector, heartbeats, sending again
 *   lease.c      reads without a round (Paxos Made Live, section 5.2)
 *   members.c    who the acceptors of an instance are (alpha)
 *   encode.c     the state as bytes
 *
 * Sources: Lamport, "Paxos Made Simple" (2001), section 3; Chandra, Griesemer, Redstone, "Paxos
 * Made Live" (2007), sections 4.2 and 5. A leader runs phase 1 once for infinitely many instances,
 * so in the long run a command costs a phase 2.
 *
 * Event in, output out (output.h). The caller sends the output's messages, keeps its records in
 * order and says when they are durable (paxos_durable); calls paxos_tick when paxos_due comes; and
 * takes what is chosen by paxos_next. A node may have any number of groups. Messages may be lost,
 * never doubled or overtaken on the way between two nodes as long as their stream lasts; nothing
 * here needs that but the number of messages.
 *
 * Owner: who declared it; its memory is the node's.
 */
#ifndef PAXOS_CORE_GROUP_H
#define PAXOS_CORE_GROUP_H

#include "base/random.h"
#include "paxos/core/ballot.h"
#include "paxos/core/log.h"
#include "paxos/core/message.h"
#include "paxos/core/output.h"
#include "paxos/core/quorum.h"
#include "paxos/core/value.h"

enum paxos_note {
    PAXOS_NOTE_RECOVERED,
    PAXOS_NOTE_SILENT,
    PAXOS_NOTE_CAMPAIGN,
    PAXOS_NOTE_PROMISED,
    PAXOS_NOTE_REJECTED_PREPARE,
    PAXOS_NOTE_REJECTED_ACCEPT,
    PAXOS_NOTE_LEASE_HOLDS,
    PAXOS_NOTE_NOT_MEMBER,
    PAXOS_NOTE_LEADS,
    PAXOS_NOTE_TAKE_OVER,
    PAXOS_NOTE_GAP,
    PAXOS_NOTE_STEPPED_DOWN,
    PAXOS_NOTE_NO_QUORUM,
    PAXOS_NOTE_FOLLOWS,
    PAXOS_NOTE_RESENT,
    PAXOS_NOTE_FETCH,
    PAXOS_NOTE_CAUGHT_UP,
    PAXOS_NOTE_BEHIND_LOG,
    PAXOS_NOTE_MEMBERS,
    PAXOS_NOTE_LEFT,
    PAXOS_NOTE_INSTALLED,
    PAXOS_NOTES
};

enum {
    PAXOS_PEERS_MAX = 32,  /* ever heard of in a group, itself too: the bits of a set */
    PAXOS_CONFIGS_MAX = 8, /* that an instance still in the log may need */
    PAXOS_VALUES_MAX = 64, /* in one answer to a learner; more than one must weigh no more than: */
    PAXOS_VALUES_BYTES = 16384, /* so that a slow link has room for heartbeats between them */
    PAXOS_PATIENCE_MAX = 64, /* election timeouts that a learner waits for an answer at most */
};

enum paxos_role { PAXOS_FOLLOWER, PAXOS_CANDIDATE, PAXOS_LEADER };
enum paxos_snapshot {
    PAXOS_SNAPSHOT_NONE,
    PAXOS_SNAPSHOT_COMES, /* fetch_from sends one, and some of it is here */
    PAXOS_SNAPSHOT_WHOLE, /* all of it is here, and not durable yet */
};
enum paxos_reads { PAXOS_READS_LOG, PAXOS_READS_LEASE, PAXOS_READS_LOCAL };

struct paxos_bugs {
    bool unsynced_promise, ignore_accepted, reused_ballot, gap_as_noop, promise_skips_gaps,
        lease_forgotten;
};

struct paxos_config {
    sim_node self;
    int64_t group;
    struct quorum_system quorum; /* of the first instance */
    int64_t q1, q2; /* as they were asked for, for memberships to come; 0: majorities */
    bool insist;
    int64_t heartbeat_ns, election_min_ns, election_max_ns, retransmit_ns;
    int64_t window, batch, alpha; /* instances; window <= alpha */
    bool leases;
    int64_t lease_ns, lease_drift_ppm;
    struct paxos_bugs bugs;
};

struct paxos_peer {
    sim_node node;
    bool up;
    int64_t heard_ns;   /* when it answered this leader last */
    int64_t granted_ns; /* when the heartbeat was sent that it answered last: its lease begins */
    int64_t commit;    /* as it told last */
    int64_t resend_ns; /* 0: nothing is to be sent again */
    int64_t resend_wait_ns, resend_end; /* then so long after; the instances before that one */
    int64_t asked_ns;  /* when it asked last for what it lacks; SIM_NONE: never */
};

struct paxos_held { /* a message that waits for records */
    int64_t after;
    struct paxos_piece piece; /* of `bytes` below */
    uint8_t *bytes;
    int64_t ballot, first, number;
};

struct paxos_group {
    struct paxos_config config;
    struct memory *memory;
    struct paxos_peer peers[PAXOS_PEERS_MAX];
    int peer_count; /* sets of peers are bits by place here */

    struct {
        int64_t from;
        struct quorum_system quorum;
    } configs[PAXOS_CONFIGS_MAX];
    int config_count; /* in order of `from`, the first instance that it decides */

    /* the acceptor */
    int64_t promised;
    struct paxos_log log; /* what was accepted last */
    int64_t grant_ns;     /* until then no other than grant_to is promised anything */
    int64_t grant_to;     /* SIM_NONE: nobody */
    int64_t grant_ballot; /* under which it asked for it */
    int64_t wait_ns;      /* until then nobody is promised anything: what was granted before the
                             start may last */

    /* the learner */
    int64_t commit, applied; /* all up to there are chosen, and known; given to the state machine */
    int64_t leader;          /* SIM_NONE: not known */
    int64_t leader_ballot, leader_commit;
    int64_t fetch_ns; /* asked for values; if they have not come by then, again. 0: not */
    int64_t fetch_from, fetch_first; /* whom it asked, and from which instance on */
    int64_t patience_ns;  /* so long it waits for an answer, each time longer */
    enum paxos_snapshot snapshot;
    bool piece_came; /* of it, since it asked last */

    /* the proposer */
    enum paxos_role role;
    int64_t ballot, tried;  /* its ballot; the highest round that it knows of */
    uint64_t promises;      /* peers who have promised it */
    struct paxos_log found; /* what they had accepted, of each instance in the highest ballot */
    int64_t floor;          /* all up to there are chosen, one of them said */
    int64_t floor_at;       /* that one */
    int64_t abreast_ns;     /* when it led and knew all up to the floor last, or began to lead */
    int64_t next;           /* the next instance to propose */
    int64_t sent;           /* those before it have been sent */
    int64_t takeover_last;  /* up to there the values are not its own to choose */
    int64_t fill_until;     /* no-ops are proposed up to there, so that a membership takes effect */
    int64_t election_ns, heartbeat_ns;

    /* what waits for the disk */
    struct paxos_held *held;
    size_t held_first, held_count, held_capacity; /* a ring */
    int64_t records, durable;
};

/* ---- for the node ---- */

void paxos_begin(struct paxos_group *, const struct paxos_config *, struct memory *);
/* At a start, in this order: a snapshot's membership, the records, and then begin. */
void paxos_restore(struct paxos_group *, int64_t through, struct reader *configs);
void paxos_replay(struct paxos_group *, struct sim_bytes record);
void paxos_start(struct paxos_group *, int64_t now, struct random *, struct paxos_output *);

void paxos_receive(struct paxos_group *, uint32_t type, sim_node from, struct sim_bytes body,
                   int64_t now, struct random *, struct paxos_output *);
void paxos_peer_changed(struct paxos_group *, sim_node, bool up, int64_t now,
                        struct paxos_output *);
/* The first `count` records that were handed out are durable. */
void paxos_durable(struct paxos_group *, int64_t count, int64_t now, struct random *,
                   struct paxos_output *);
int64_t paxos_due(const struct paxos_group *); /* INT64_MAX: never */
void paxos_tick(struct paxos_group *, int64_t now, struct random *, struct paxos_output *);

/* Prepare now. False: it is no member, or a lease stands against it. */
bool paxos_campaign(struct paxos_group *, int64_t now, struct random *, struct paxos_output *);
bool paxos_may_propose(const struct paxos_group *);
/* The leader proposes it: its instance. paxos_may_propose must hold. Sent by paxos_flush. */
int64_t paxos_propose(struct paxos_group *, struct sim_bytes value, int64_t extra,
                      struct paxos_output *);
/* At the end of an event: what was proposed in it goes out, in batches. */
void paxos_flush(struct paxos_group *, int64_t now, struct random *, struct paxos_output *);
/* The next chosen value to apply, if any, borrowed; call it until it answers 0. */
int64_t paxos_next(struct paxos_group *, struct sim_bytes *value, int64_t now, struct random *,
                   struct paxos_output *);
/* May a read be answered from the state as it is applied? */
bool paxos_lease_holds(const struct paxos_group *, int64_t now);

/* Instances up to that one stand in a durable snapshot: the log may begin after it, and does, but
 * for what a learner is about to fetch. */
void paxos_compact(struct paxos_group *, int64_t through, int64_t now);
/* Does that peer ask for what it lacks, or has it given up? */
bool paxos_is_learning(const struct paxos_group *, int place, int64_t now);
void paxos_write_configs(const struct paxos_group *, struct writer *);
/* A snapshot that came from another, and is durable, takes the place of what is before it. */
void paxos_install(struct paxos_group *, int64_t through, struct reader *configs, int64_t now,
                   struct paxos_output *);
/* A piece of a snapshot has come from whom it was fetched; all of it has; it is no longer
   awaited. */
void paxos_snapshot_goes_on(struct paxos_group *, int64_t now);
void paxos_snapshot_is_whole(struct paxos_group *);
void paxos_snapshot_ends(struct paxos_group *);
static inline int64_t paxos_patience_max(const struct paxos_group *g) {
    return PAXOS_PATIENCE_MAX * g->config.election_max_ns;
}
/* For observers. */
void paxos_encode(const struct paxos_group *, struct writer *);
/* What a new segment of the journal must begin with. */
void paxos_write_head(const struct paxos_group *, struct writer *);
enum {
    PAXOS_HEAD_BYTES = 17,
    PAXOS_CONFIGS_BYTES = 4 + PAXOS_CONFIGS_MAX * (28 + 4 * PAXOS_MEMBERS_MAX)
};

/* ---- between the files of the core ---- */

/* group.c */
void paxos_group_note(struct paxos_output *, enum paxos_note, int64_t a, int64_t b, int64_t c,
                      int64_t d);
void paxos_group_fact(const struct paxos_group *, struct paxos_output *, int64_t fact, int64_t a,
                      int64_t b, int64_t c);
void paxos_group_send(const struct paxos_group *, sim_node to, const struct paxos_message *,
                      struct paxos_output *);
/* `stands`: the ballot that does so against the message. */
void paxos_group_reject(const struct paxos_group *, const struct paxos_message *, int64_t stands,
                        struct paxos_output *);
int paxos_group_place(const struct paxos_group *, sim_node); /* among the peers; -1: unknown */
static inline uint64_t paxos_group_bit(const struct paxos_group *g, sim_node node) {
    const int place = paxos_group_place(g, node);
    return place < 0 ? 0 : UINT64_C(1) << place;
}

/* stable.c */
void paxos_stable_promised(struct paxos_group *, struct paxos_output *);
void paxos_stable_accepted(struct paxos_group *, int64_t instance, const struct paxos_entry *,
                           bool learned, struct paxos_output *);
/* Sends it when the records so far are durable, if the promise of its ballot still stands then. */
void paxos_stable_hold(struct paxos_group *, sim_node to, const struct paxos_message *,
                       const struct writer *body, int64_t extra);
const struct paxos_held *paxos_stable_held(const struct paxos_group *, size_t i);
void paxos_stable_release(struct paxos_group *, struct paxos_output *); /* what waits no more */

/* members.c */
const struct quorum_system *paxos_members_of(const struct paxos_group *, int64_t instance);
bool paxos_members_are_known(const struct paxos_group *, int64_t instance);
bool paxos_members_have(const struct paxos_group *, int64_t instance, sim_node);
int64_t paxos_members_count(const struct paxos_group *, int64_t instance, uint64_t peers);
bool paxos_members_any_have(const struct paxos_group *, sim_node); /* from the commit on */
void paxos_members_apply(struct paxos_group *, int64_t instance, struct sim_bytes value,
                         int64_t now, struct paxos_output *);
bool paxos_members_room(struct paxos_group *); /* for one membership more; the same on all
                                                  members */
void paxos_members_changed(struct paxos_group *, int64_t now, struct paxos_output *);
bool paxos_members_may_leave(const struct paxos_group *);
void paxos_members_tell(const struct paxos_group *, struct paxos_output *);
void paxos_members_meet(struct paxos_group *, sim_node);
void paxos_members_state(const struct paxos_group *, int config, struct paxos_output *);
void paxos_members_read(struct paxos_group *, struct reader *);

/* prepare.c */
void paxos_prepare_ask(struct paxos_group *, sim_node, struct paxos_output *);
void paxos_prepare_received(struct paxos_group *, const struct paxos_message *, int64_t now,
                            struct random *, struct paxos_output *);
void paxos_promise_received(struct paxos_group *, struct paxos_message *, int64_t now,
                            struct paxos_output *);

/* accept.c */
bool paxos_accept_may_propose(const struct paxos_group *, int64_t instance);
void paxos_accept_pump(struct paxos_group *, struct paxos_output *);
void paxos_accept_send(struct paxos_group *, sim_node, int64_t first, int64_t last,
                       struct paxos_output *);
void paxos_accept_received(struct paxos_group *, struct paxos_message *, int64_t now,
                           struct random *, struct paxos_output *);
void paxos_accepted_received(struct paxos_group *, const struct paxos_message *, int64_t now,
                             struct paxos_output *);

/* learn.c */
void paxos_learn_from_leader(struct paxos_group *, int64_t ballot, int64_t commit, int64_t now,
                             struct paxos_output *);
void paxos_learn_chosen(struct paxos_group *); /* leader: the commit moves on */
void paxos_learn_fetch(struct paxos_group *, sim_node from, int64_t now, struct paxos_output *);
void paxos_learn_fetch_again(struct paxos_group *, int64_t now, struct paxos_output *);
/* The stream to whom it has asked. */
void paxos_learn_source_changed(struct paxos_group *, bool up, int64_t now, struct paxos_output *);
/* silent: who did not answer; or SIM_NONE. */
void paxos_learn_from_any(struct paxos_group *, int64_t silent, int64_t now, struct paxos_output *);
void paxos_fetch_received(struct paxos_group *, const struct paxos_message *, int64_t now,
                          struct paxos_output *);
void paxos_values_received(struct paxos_group *, struct paxos_message *, int64_t now,
                           struct random *, struct paxos_output *);

/* leader.c */
void paxos_leader_heard(struct paxos_group *, const struct paxos_message *, int64_t now,
                        struct random *, struct paxos_output *);
void paxos_leader_begins(struct paxos_group *, int64_t now, struct paxos_output *);
void paxos_leader_steps_down(struct paxos_group *, enum paxos_note why, int64_t about, int64_t now,
                             struct random *, struct paxos_output *);
/* What it has not acknowledged goes to it once more, after so long. */
void paxos_leader_sends_again(struct paxos_group *, struct paxos_peer *, int64_t after,
                              int64_t now);
void paxos_leader_waits(struct paxos_group *, int64_t now,
                        struct random *); /* for an election timeout */
void paxos_heartbeat_received(struct paxos_group *, const struct paxos_message *, int64_t now,
                              struct random *, struct paxos_output *);
void paxos_leads_received(struct paxos_group *, const struct paxos_message *, int64_t now,
                          struct random *, struct paxos_output *);
void paxos_heard_received(struct paxos_group *, const struct paxos_message *, int64_t now);
void paxos_reject_received(struct paxos_group *, const struct paxos_message *, int64_t now,
                           struct random *, struct paxos_output *);

/* lease.c */
bool paxos_lease_stands_against(const struct paxos_group *, sim_node, int64_t now);
void paxos_lease_grant(struct paxos_group *, sim_node to, int64_t ballot, int64_t now);
/* promised, or under a lease */
int64_t paxos_lease_ballot(const struct paxos_group *, int64_t now);
int64_t paxos_lease_until(const struct paxos_group *);

#endif
