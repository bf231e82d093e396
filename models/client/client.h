/*
 * The workload client's own header: its state, its knobs, and what its files call of one another.
 *
 *   client.c      the state machine: arrivals, sending, answers, timeouts
 *   connection.c  one stream to each server: reconnect, redirect
 *   session.c     whose an operation is, and where a user's reads go
 *   operation.c   what the next operation is, and how it is written into the history
 *   guarantees.c  what users notice of replicas that lag
 *   tables.c      knobs, probes, and what else an observer sees
 */
#ifndef CLIENT_CLIENT_H
#define CLIENT_CLIENT_H

#include "base/memory.h"
#include "base/random.h"
#include "base/text.h"
#include "parts/client_protocol.h"
#include "parts/key_map.h"
#include "parts/keys.h"
#include "wall/model.h"

enum client_knob {
    KNOB_TARGET,
    KNOB_OTHERS,
    KNOB_CLIENTS,
    KNOB_RATE,
    KNOB_THINK,
    KNOB_MIX,
    KNOB_READ,
    KNOB_UPDATE,
    KNOB_INSERT,
    KNOB_SCAN,
    KNOB_READ_MODIFY_WRITE,
    KNOB_KEYS,
    KNOB_DISTRIBUTION,
    KNOB_THETA,
    KNOB_HOT_KEYS,
    KNOB_HOT_OPERATIONS,
    KNOB_VALUE_BYTES,
    KNOB_SCAN_LENGTH,
    KNOB_TIMEOUT,
    KNOB_BACKOFF,
    KNOB_BACKOFF_MAX,
    KNOB_QUEUE_MAX,
    KNOB_STOP,
    KNOB_USERS,
    KNOB_READ_FROM,
    KNOB_READ_CHOICE,
    KNOB_READ_PRIMARY_AFTER_WRITE,
    KNOB_WAIT_FOR_VERSION,
    KNOB_RETRY,
    CLIENT_KNOBS
};
enum read_choice { READ_SPREAD, READ_STICKY, READ_ROUND_ROBIN };
enum client_note {
    NOTE_CONNECTED,
    NOTE_LOST,
    NOTE_SILENT,
    NOTE_REDIRECTED,
    NOTE_TIMEOUT,
    NOTE_REFUSED,
    NOTE_CONFLICT,
    NOTE_REPLICA_UP,
    NOTE_REPLICA_LOST,
    NOTE_REPLICA_CANNOT,
    NOTE_MOVED,
    NOTE_AGAIN
};
enum client_probe {
    PROBE_IN_FLIGHT,
    PROBE_QUEUED,
    PROBE_DONE,
    PROBE_FAILED,
    PROBE_UNKNOWN,
    PROBE_LATENCY,
    PROBE_CONNECTED,
    PROBE_REPLICA_READS,
    PROBE_PRIMARY_READS,
    PROBE_REPLICAS_UP,
    PROBE_UNREAD_WRITES,
    PROBE_BACKWARD_READS
};
enum client_view { VIEW_LOOPS, VIEW_USERS, VIEW_SERVERS };
/* A timer's id: its kind in the high half, the loop or the server in the low one. */
enum client_timer { TIMER_BEGIN = 1, TIMER_TIMEOUT, TIMER_ARRIVAL, TIMER_RECONNECT, TIMER_REPLICA,
                    TIMER_AGAIN };
static inline uint64_t timer_id(enum client_timer kind, uint64_t which) {
    return (uint64_t)kind << 32 | which;
}

#define NOBODY UINT32_MAX /* no user; no replica */

/* An operation that a user wants done: in the history from its arrival on. */
struct wish {
    int64_t arrived_ns;
    int64_t operation; /* its number in the history */
    uint32_t user;     /* of whom; NOBODY: in an open loop of anybody */
    bool at_primary;   /* a read that a replica could not serve */
    struct client_request request;
};
/* What became of it. */
struct ending {
    enum sim_outcome outcome;
    int64_t value, version; /* SIM_NONE: none; 0: none */
    const char *error;
};

/* One session. Its number among the users is its client in the history. */
struct user {
    int64_t seen;     /* the highest version that it has written or read; 0: none */
    int64_t wrote_ns; /* its last write's end, on the monotonic clock; SIM_NONE: none */
    uint32_t replica; /* sticky: the server that it reads from; NOBODY: none yet */
    struct key_map wrote, read; /* guarantees.c: by key, the highest version */
};

struct server {
    sim_node node;
    bool up;          /* its stream */
    bool tried;       /* there has been news of it, or none for too long */
    bool replica;     /* it is one of read_from */
    int64_t failures; /* of a replica's stream, in a row */
    int64_t reads;    /* that it has answered */
};

enum loop_state {
    LOOP_IDLE,    /* nothing to do: thinking, or (open loop) free for the next arrival */
    LOOP_READY,   /* has a wish, but no connection to send it on */
    LOOP_WAITING, /* sent, not answered */
};
struct loop {
    enum loop_state state;
    sim_node sent_to;
    int64_t sent_ns;
    uint32_t replica; /* WAITING: the server in its role as a replica; NOBODY: as the target */
    int64_t session;  /* a new one after a timeout: the old connection may still be at work */
    int64_t failures; /* in a row */
    struct wish wish;
};

struct client {
    sim_node self;
    struct memory *memory;

    /* what was asked for */
    int64_t rate_per_1000s, think_ns, timeout_ns, backoff_ns, backoff_max_ns, stop_after_ns;
    int64_t retry_ns; /* 0: nothing is asked twice */
    int64_t value_bytes, scan_length_max;
    int64_t proportions_ppm[6]; /* by enum client_operation */
    size_t queue_max;
    struct keys keys;

    /* the connection */
    sim_node target;
    sim_node *targets; /* target and others, by turns when one is down */
    size_t target_count, target_turn;
    bool connected, connecting;
    int64_t heard_ns; /* the target's last answer */
    int64_t connect_failures, redirects; /* redirects: without an answer, in a row */

    /* every server that there is a stream to, or was; those of them that are read from */
    struct server *servers;
    size_t server_count;
    uint32_t *replicas;
    size_t replica_count, replica_turn;

    /* the users: in a closed loop the loops */
    enum read_choice read_choice;
    int64_t primary_after_write_ns;
    bool wait_for_version;
    struct user *users;
    size_t user_count;
    uint32_t *idle_users; /* open loop: those without an operation, in no order */
    size_t idle_user_count;

    /* the loops, and (open loop) what waits for a free one */
    struct loop *loops;
    size_t loop_count;
    uint32_t *idle; /* a stack of idle loops: open loop only */
    size_t idle_count;
    struct wish *queue; /* a ring of queue_max, grown by doubling */
    size_t queue_head, queue_count, queue_capacity;
    int64_t next_arrival_ns, stop_ns; /* on the monotonic clock; 0: none */

    int64_t next_number; /* of values, operations, sessions: never used twice */
    int64_t done, failed, unknown, in_flight, last_latency_ns;
    int64_t replica_reads, primary_reads; /* that succeeded */
    int64_t unread_writes, backward_reads;
};

/* A number that no other node gives out: of values, so that a history can be judged, and of
 * sessions, which servers tell apart by it. */
static inline int64_t named_by_node(const struct client *c, int64_t number) {
    return (int64_t)c->self * INT64_C(1000000000000) + number;
}
static inline bool only_reads(const struct client_request *q) {
    return q->operation == CLIENT_READ || q->operation == CLIENT_SCAN;
}

/* operation.c */
bool mix_begin(struct client *, const struct sim_value *knobs, struct text *refusal);
/* Of that user; NOBODY: of none. */
struct wish wish_make(struct client *, uint32_t user, const struct sim_event *, struct sim_out *);
void wish_end(struct client *, const struct wish *, struct ending, const struct sim_event *,
              struct sim_out *);

/* session.c */
bool sessions_begin(struct client *, const struct sim_value *knobs, struct text *refusal);
void sessions_start(struct client *);
uint32_t session_of_arrival(struct client *, struct random *);
void session_ends_operation(struct client *, const struct wish *, const struct ending *,
                            int64_t now_ns);
/* The server to read from as a replica; NOBODY: it is the target's. */
uint32_t replica_for(struct client *, const struct wish *, const struct sim_event *,
                     struct sim_out *);
int64_t version_wanted(const struct client *, const struct wish *); /* `after`, of a replica */
bool replicas_awaited(const struct client *); /* none is up, but some have not been tried yet */
bool replica_is_up(const struct client *);    /* any */

/* guarantees.c */
void guarantees_judge(struct client *, const struct wish *, const struct ending *);

/* connection.c */
uint32_t server_of(struct client *, sim_node); /* its place; it gets one */
void servers_begin(struct client *, const struct sim_value *replicas);
void replicas_open(struct client *, const struct sim_event *, struct sim_out *);
void replica_open(struct client *, size_t server, const struct sim_event *, struct sim_out *);
void connection_open(struct client *, const struct sim_event *, struct sim_out *);
void connection_redirect(struct client *, int64_t node, const struct sim_event *, struct sim_out *);
void connection_timer(struct client *, const struct sim_event *, struct sim_out *);
void connection_silent(struct client *, const struct sim_event *, struct sim_out *);
void connection_peer(struct client *, const struct sim_event *, struct sim_out *);
/* min(backoff_max, backoff * 2^failures), and up to half of it more. */
int64_t backoff_after(const struct client *, int64_t failures, struct random *);

/* client.c */
void loops_connected(struct client *, const struct sim_event *, struct sim_out *);
void loops_lost(struct client *, sim_node, const struct sim_event *, struct sim_out *);
void *client_init(const struct sim_config *, struct text *refusal);
void client_step(void *state, const struct sim_event *, struct sim_out *);

#endif
