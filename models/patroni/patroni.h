/*
 * The agent's own header: its state, its knobs, and what its files call of one another.
 *
 *   patroni.c         events, streams and timers
 *   cycle.c           the HA loop: ask the server, ask the witness, decide (ha.py run_cycle)
 *   leader.c          decisions of who holds the leader key, and how it is lost
 *   follower.c        decisions of who does not
 *   race.c            nobody holds it: am I the healthiest? The API between agents
 *   server.c          orders to the server
 *   patroni_tables.c  knobs, notes, the view, and what else an observer sees
 */
#ifndef PATRONI_PATRONI_H
#define PATRONI_PATRONI_H

#include "patroni/dcs_protocol.h"

enum patroni_knob {
    KNOB_SERVER,
    KNOB_WITNESS,
    KNOB_TTL,
    KNOB_LOOP_WAIT,
    KNOB_RETRY_TIMEOUT,
    KNOB_MAXIMUM_LAG,
    KNOB_CHECK_TIMELINE,
    KNOB_PRIMARY_START_TIMEOUT,
    KNOB_INITIAL_PRIMARY,
    KNOB_USE_PG_REWIND,
    PATRONI_KNOBS
};
enum patroni_note {
    NOTE_LEADER,
    NOTE_FOLLOWING,
    NOTE_BOOTSTRAP,
    NOTE_PROMOTED,
    NOTE_PROMOTED_AGAIN,
    NOTE_ACQUIRED_AS_LEADER,
    NOTE_RACE_LOST,
    NOTE_DEMOTE_DCS,
    NOTE_DEMOTE_NO_LOCK,
    NOTE_DEMOTE_UPDATE_FAILED,
    NOTE_DEMOTE_RAN_OUT,
    NOTE_DEMOTE_OBTAIN,
    NOTE_DEMOTE_START_TIMEOUT,
    NOTE_DEMOTE_SWITCHOVER,
    NOTE_NOT_FENCED,
    NOTE_DCS,
    NOTE_SERVER_LOST,
    NOTE_STARTING_PRIMARY,
    NOTE_STARTING_SECONDARY,
    NOTE_FOLLOW,
    NOTE_REWIND,
    NOTE_REWIND_WAITS,
    NOTE_REINITIALIZE,
    NOTE_STILL_STARTING,
    NOTE_BUSY,
    NOTE_FAILED,
    NOTE_LAGGING,
    NOTE_TIMELINE,
    NOTE_LEADER_ALIVE,
    NOTE_NOT_HEALTHIEST,
    NOTE_WAIT_BOOTSTRAP,
    NOTE_RELEASED,
};
enum patroni_fact { FACT_LEADS, FACT_STEPPED_DOWN };
enum patroni_probe {
    PROBE_IS_LEADER,
    PROBE_TERM,
    PROBE_LEASE_REMAINING,
    PROBE_SERVER_IS_PRIMARY,
};
enum patroni_command { COMMAND_SWITCHOVER };
enum patroni_bug { BUG_NO_FENCING };
enum patroni_timer {
    TIMER_CYCLE = 1,
    TIMER_STATUS, /* the server does not answer */
    TIMER_DCS,    /* the witness does not */
    TIMER_LEASE,  /* the lease is over */
    TIMER_RACE,   /* other agents do not answer */
    TIMER_SERVER_LINK,
    TIMER_DCS_LINK
};

#define RECONNECT_NS INT64_C(1000000000)      /* a stream that is down is tried again so often */
#define STATUS_TIMEOUT_NS INT64_C(2000000000) /* Patroni: statement_timeout of its queries */
#define API_TIMEOUT_NS INT64_C(2000000000)    /* Patroni: of GET /patroni (fetch_node_status) */

/* server.c: the stream to the server, and what is known of it. */
struct server_link {
    bool up, known; /* known: it has answered since the stream came up */
    struct control_answer last;
    int64_t next_order;
    int64_t status_order;     /* the status that the cycle waits for; 0: none */
    int64_t action_order;     /* the order that is under way; 0: none */
    enum control_what action; /* it */
    int64_t not_primary_ns;   /* since when a leader's server is no primary; SIM_NONE: it is one */
    sim_node askers[DCS_MEMBERS_MAX]; /* agents that have asked how it is, */
    int64_t races[DCS_MEMBERS_MAX];   /* and their numbers for it */
    size_t asker_count;
};

enum phase {
    PHASE_IDLE,   /* until the next cycle */
    PHASE_STATUS, /* waits for the server */
    PHASE_DCS,    /* waits for the witness */
    PHASE_RACE,   /* waits for the other agents */
};

/* race.c */
struct race {
    int64_t number;
    bool answered[DCS_MEMBERS_MAX]; /* by place in the cluster's members */
    struct member_status of[DCS_MEMBERS_MAX];
};

struct agent {
    sim_node self, server_node, witness;
    int64_t ttl_ns, loop_wait_ns, retry_timeout_ns, maximum_lag, primary_start_timeout_ns;
    bool check_timeline, initial_primary, use_pg_rewind, no_fencing;

    struct server_link server;
    struct race race;

    /* the cycle */
    enum phase phase;
    bool again; /* something has changed: another cycle right after this one */
    int64_t begun_ns;

    /* the stream to the witness, and the request that waits for its answer */
    bool dcs_up;
    struct dcs_request asked;
    int64_t asked_ns;
    struct dcs_cluster cluster; /* as last heard */

    /* the lease */
    bool leading;           /* the key is this agent's, as far as it knows, until: */
    int64_t lease_until_ns; /* counted from when its last renewal was sent */
    int64_t term;           /* of its last lease */
    int64_t led_term;       /* the last in which its server was a primary with a lease */
    bool must_stop;         /* the lease was lost: the server must not be a primary */
    bool must_rewind;       /* the server was a primary, or has diverged */
    int64_t rewound_term;   /* of the leader that it was last rewound to */
    bool releasing;         /* the key goes when the server has stopped */
    int64_t no_race_until_ns;

    int64_t last_note; /* what is the same each cycle is said once */
};

static inline bool server_is(const struct agent *a, enum control_state state) {
    return a->server.known && a->server.last.state == state;
}
static inline bool server_is_busy(const struct agent *a) { return a->server.action_order != 0; }
static inline bool server_does(const struct agent *a, enum control_what what) {
    return server_is_busy(a) && a->server.action == what;
}

/* patroni.c */
void *patroni_init(const struct sim_config *, struct text *refusal);
void patroni_step(void *state, const struct sim_event *, struct sim_out *);

/* cycle.c */
void cycle_soon(struct agent *, const struct sim_event *, struct sim_out *);
void cycle_begin(struct agent *, const struct sim_event *, struct sim_out *);
void cycle_end(struct agent *, const struct sim_event *, struct sim_out *);
void cycle_server_heard(struct agent *, const struct sim_event *, struct sim_out *);
void dcs_ask(struct agent *, enum dcs_what, const struct sim_event *, struct sim_out *);
void dcs_send(const struct agent *, struct sim_out *);
void dcs_answered(struct agent *, const struct sim_event *, struct sim_out *);
void dcs_failed(struct agent *, const struct sim_event *, struct sim_out *);
/* A note that is not the one before: Patroni logs each cycle, a story need not. */
#define note_once(a, out, note, ...)                                                               \
    do {                                                                                           \
        if ((a)->last_note != (note)) sim_note((out), (note), __VA_ARGS__);                        \
        (a)->last_note = (note);                                                                   \
    } while (0)

/* leader.c */
void lease_won(struct agent *, const struct sim_event *, struct sim_out *);
/* The lease is not this agent's (any more): its server must not be a primary. */
void demote(struct agent *, enum patroni_note why, const struct sim_event *, struct sim_out *);
bool switchover(struct agent *, const struct sim_event *, struct sim_out *);

/* follower.c */
void follow(struct agent *, const struct sim_event *, struct sim_out *);
void nobody_leads(struct agent *, const struct sim_event *, struct sim_out *);
const struct dcs_member *member_of(const struct agent *, int64_t agent); /* NULL: no entry */

/* race.c */
void race_begin(struct agent *, const struct sim_event *, struct sim_out *);
void race_answered(struct agent *, const struct sim_event *, struct sim_out *);
void race_judge(struct agent *, const struct sim_event *, struct sim_out *);
bool failover_is_possible(const struct agent *);
void api_asked(struct agent *, const struct sim_event *, struct sim_out *);
void api_answer_all(struct agent *, struct sim_out *);

/* server.c */
struct member_status server_status(const struct agent *);
int64_t server_order(struct agent *, enum control_what, int64_t upstream, struct sim_out *);
/* One action at a time; a STOP takes the place of any other. */
void server_act(struct agent *, enum control_what, int64_t upstream, struct sim_out *);
void server_answered(struct agent *, const struct sim_event *, struct sim_out *);
void server_peer(struct agent *, const struct sim_event *, struct sim_out *);

#endif
