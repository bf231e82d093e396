/*
 * What the agents and the witness say to each other, and the agents among themselves.
 *
 * Over the stream "dcs": a request of four kinds, each with the agent's member entry in it, and an
 * answer with the whole cluster in it. So a cycle of the agent costs one round trip, where Patroni
 * reads the cluster, writes the leader key and writes its member key in three. One message more
 * goes to all members unasked: that the leader key has changed (Patroni's agents watch the key).
 *
 * Over datagrams "api": Patroni's REST API, of which the leader race needs one call: how is your
 * server, now?
 *
 * The messages of parts/server_control.h are types 2 and 3 of both models' tables. Owner of
 * nothing: the structs are copies.
 */
#ifndef PATRONI_DCS_PROTOCOL_H
#define PATRONI_DCS_PROTOCOL_H

#include "base/codec.h"
#include "parts/server_control.h"
#include "wall/model.h"

enum { DCS_CHANNEL = 0, API_CHANNEL = 2 }; /* between them: CONTROL_CHANNEL */
enum dcs_message_type {
    DCS_REQUEST,
    DCS_ANSWER,
    DCS_CHANGED = CONTROL_MESSAGE_TYPES,
    API_REQUEST,
    API_ANSWER,
    DCS_MESSAGE_TYPES
};
_Static_assert((int)DCS_ANSWER < (int)CONTROL_ORDER && (int)API_CHANNEL > (int)CONTROL_CHANNEL,
               "each has a place of its own");

enum dcs_what {
    DCS_CLUSTER = 1, /* how is the cluster? */
    DCS_ACQUIRE,     /* the leader key, if there is none (compare and set) */
    DCS_RENEW,       /* its time to live, by its holder in its term */
    DCS_RELEASE,     /* by its holder: gone at once */
};

/* How a server is, as its agent last heard. */
struct member_status {
    int64_t state; /* enum control_state; 0: not known */
    int64_t timeline, lsn;
    bool streaming;
};

struct dcs_request {
    int64_t request; /* the agent's number for it, echoed */
    enum dcs_what what;
    int64_t server, term, ttl_ns;
    struct member_status status;
};

struct dcs_member {
    sim_node agent, server;
    struct member_status status;
    int64_t primary_term; /* the last in which it led as a primary, and has not streamed since; 0 */
};

enum { DCS_MEMBERS_MAX = 16 };
struct dcs_cluster {
    int64_t leader, server; /* the holder of the leader key and its server, or SIM_NONE */
    int64_t term;           /* of the leader key, or of the last one; 0: there never was one */
    int64_t remaining_ns;
    int64_t position, timeline; /* of the last leader; 0: no server has ever led */
    int64_t count;
    struct dcs_member members[DCS_MEMBERS_MAX]; /* whose entry has not expired */
};

struct dcs_answer {
    int64_t request;
    bool ok;
    struct dcs_cluster cluster;
};

enum {
    DCS_REQUEST_BYTES = 64,
    DCS_ANSWER_BYTES = 80 + DCS_MEMBERS_MAX * 64,
    API_ANSWER_BYTES = 40
};

/* Into a buffer of at least the size above. */
struct sim_bytes dcs_request_write(const struct dcs_request *, uint8_t *buffer);
struct sim_bytes dcs_answer_write(const struct dcs_answer *, uint8_t *buffer);
/* False when the body is malformed. */
bool dcs_request_read(struct sim_bytes, struct dcs_request *);
bool dcs_answer_read(struct sim_bytes, struct dcs_answer *);

/* The API's call carries the caller's number for the race, the answer that and a status. */
struct sim_bytes api_write(int64_t race, const struct member_status *, uint8_t *buffer);
bool api_read(struct sim_bytes, int64_t *race, struct member_status *);

const char *dcs_what_name(enum dcs_what); /* "acquire", ... */
/* Of the messages of both models. */
void dcs_describe_message(const struct sim_message *, struct text *);

#endif
