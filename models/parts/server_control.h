/*
 * What a failover manager's agent and the database server beside it say to each other, whatever the
 * system: orders, each answered at once or when it is done, and with every answer how the server
 * is. PostgreSQL: pg_ctl, pg_promote, pg_rewind, and queries over a local socket.
 *
 * Every server that can be managed speaks this on its channel named "control", by convention
 * channel 1, and its two messages are types 2 and 3 of both models' message tables (after the
 * client protocol's). The channel is a stream that the agent opens. Bodies go through base/codec.h.
 *
 * Owner of nothing: the structs are copies.
 */
#ifndef PARTS_SERVER_CONTROL_H
#define PARTS_SERVER_CONTROL_H

#include "base/codec.h"
#include "parts/client_protocol.h"
#include "wall/model.h"

enum { CONTROL_CHANNEL = 1 };
enum control_message_type {
    CONTROL_ORDER = CLIENT_MESSAGE_TYPES,
    CONTROL_ANSWER,
    CONTROL_MESSAGE_TYPES
};

enum control_what {
    CONTROL_STATUS = 1,     /* answered at once */
    CONTROL_START_PRIMARY,  /* of a stopped server: crash recovery, and take writes */
    CONTROL_START_STANDBY,  /* of a stopped server: follow `upstream`; SIM_NONE: nobody, but recover
                               its own log, and wait for FOLLOW or PROMOTE */
    CONTROL_FOLLOW,         /* of a running standby: another `upstream`; without a restart */
    CONTROL_PROMOTE,        /* of a running standby; answered when it takes writes */
    CONTROL_STOP,           /* of a running server, at once: connections are cut, nothing
                               acknowledged is lost */
    CONTROL_REWIND,         /* of a stopped server: undo what `upstream` does not have, so that
                               it can follow it; done also when there is nothing to undo. Fails
                               when `upstream` cannot be reached or the needed log is gone */
};

struct control_order {
    int64_t order; /* the agent's number for it, echoed */
    enum control_what what;
    int64_t upstream; /* a node, or SIM_NONE */
};

enum control_state {
    CONTROL_STOPPED = 1, /* also: not started since power on */
    CONTROL_STARTING,    /* reads its files, recovers, rewinds, stops, or is being promoted */
    CONTROL_STANDBY,
    CONTROL_PRIMARY,
};

struct control_answer {
    int64_t order;
    bool ok; /* false: it was not done: the server is in another state, or it failed */
    enum control_state state;
    int64_t timeline;        /* 0: not known while stopped */
    int64_t received_lsn;    /* the end of its log: what it would have if it were promoted now */
    int64_t upstream;        /* whom it follows, or SIM_NONE */
    bool streaming;          /* it has a connection to its upstream */
    bool diverged;           /* upstream has told it that its log is not in upstream's history */
};

enum { CONTROL_ORDER_BYTES = 24, CONTROL_ANSWER_BYTES = 48 };

/* Into a buffer of at least the size above. */
struct sim_bytes control_order_write(const struct control_order *, uint8_t *buffer);
struct sim_bytes control_answer_write(const struct control_answer *, uint8_t *buffer);
/* False when the body is malformed. */
bool control_order_read(struct sim_bytes, struct control_order *);
bool control_answer_read(struct sim_bytes, struct control_answer *);

const char *control_what_name(enum control_what);   /* "promote", ... */
const char *control_state_name(enum control_state); /* "primary", ... */

#endif
