/*
 * The workload client's own header: its state, its knobs, and what its files call of one another.
 *
 *   client.c      the state machine: arrivals, sending, answers, timeouts
 *   connection.c  one stream to the target: reconnect, redirect
 *   operation.c   what the next operation is, and how it is written into the history
 *   tables.c      knobs, probes, and what else an observer sees
 */
#ifndef CLIENT_CLIENT_H
#define CLIENT_CLIENT_H

#include "base/memory.h"
#include "base/random.h"
#include "base/text.h"
#include "parts/client_protocol.h"
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
    KNOB_START,
    KNOB_STOP,
    CLIENT_KNOBS
};
enum client_note { NOTE_CONNECTED, NOTE_LOST, NOTE_REDIRECTED, NOTE_TIMEOUT, NOTE_REFUSED };
enum client_probe {
    PROBE_IN_FLIGHT,
    PROBE_QUEUED,
    PROBE_DONE,
    PROBE_FAILED,
    PROBE_UNKNOWN,
    PROBE_LATENCY,
    PROBE_CONNECTED
};
/* A timer's id: its kind in the high half, the loop in the low one. */
enum client_timer { TIMER_BEGIN = 1, TIMER_TIMEOUT, TIMER_ARRIVAL, TIMER_RECONNECT };
static inline uint64_t timer_id(enum client_timer kind, uint64_t which) {
    return (uint64_t)kind << 32 | which;
}

/* An operation that a user wants done: in the history from its arrival on. */
struct wish {
    int64_t arrived_ns;
    int64_t operation; /* its number in the history */
    struct client_request request;
};

enum loop_state {
    LOOP_IDLE,    /* nothing to do: thinking, or (open loop) free for the next arrival */
    LOOP_READY,   /* has a wish, but no connection to send it on */
    LOOP_WAITING, /* sent, not answered */
};
struct loop {
    enum loop_state state;
    sim_node sent_to;
    int64_t session;  /* a new one after a timeout: the old connection may still be at work */
    int64_t failures; /* in a row */
    struct wish wish;
};

struct client {
    sim_node self;
    struct memory *memory;

    /* what was asked for */
    int64_t rate_per_1000s, think_ns, timeout_ns, backoff_ns, backoff_max_ns, stop_after_ns;
    int64_t start_after_ns, value_bytes, scan_length_max;
    int64_t proportions_ppm[6]; /* by enum client_operation */
    size_t queue_max;
    struct keys keys;

    /* the connection */
    sim_node target;
    sim_node *targets; /* target and others, by turns when one is down */
    size_t target_count, target_turn;
    bool connected;
    int64_t connect_failures;

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
};

/* operation.c */
bool mix_begin(struct client *, const struct sim_value *knobs, struct text *refusal);
struct wish wish_make(struct client *, const struct sim_event *, struct sim_out *);
void wish_end(struct client *, const struct wish *, enum sim_outcome, int64_t value,
              const char *error, const struct sim_event *, struct sim_out *);

/* connection.c */
void connection_open(struct client *, struct sim_out *);
void connection_retry(struct client *, const struct sim_event *, struct sim_out *);
void connection_redirect(struct client *, int64_t node, const struct sim_event *, struct sim_out *);
void connection_peer(struct client *, const struct sim_event *, struct sim_out *);
/* min(backoff_max, backoff * 2^failures), and up to half of it more. */
int64_t backoff_after(const struct client *, int64_t failures, struct random *);

/* client.c */
void loops_connected(struct client *, const struct sim_event *, struct sim_out *);
void loops_lost(struct client *, sim_node, const struct sim_event *, struct sim_out *);
void *client_init(const struct sim_config *, struct text *refusal);
void client_step(void *state, const struct sim_event *, struct sim_out *);

#endif
