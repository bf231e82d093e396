/*
 * What a client and a server say to each other, whatever the system: one request, one response.
 *
 * Every system that serves a workload speaks this on its channel named "client", so that one client
 * model, one workload and one history format serve them all. By convention it is channel 0 of every
 * model that speaks it, and its two messages are types 0 and 1 of the model's message table. The
 * channel is a stream: a server that crashes is noticed, a response never overtakes another. Bodies
 * go through base/codec.h.
 *
 * Owner of nothing: the structs borrow from the message they were read from.
 */
#ifndef PARTS_CLIENT_PROTOCOL_H
#define PARTS_CLIENT_PROTOCOL_H

#include "base/codec.h"
#include "wall/model.h"

enum { CLIENT_CHANNEL = 0 };
enum client_message_type { CLIENT_REQUEST = 0, CLIENT_RESPONSE = 1, CLIENT_MESSAGE_TYPES = 2 };

enum client_operation {
    CLIENT_READ = 1,    /* key -> value */
    CLIENT_UPDATE,      /* key, value: overwrite */
    CLIENT_INSERT,      /* key, value: a key that was not there */
    CLIENT_SCAN,        /* key, length -> how many were found */
    CLIENT_READ_MODIFY_WRITE, /* key, value: read and write in one transaction -> the value read */
};

enum client_status {
    CLIENT_OK = 1,
    CLIENT_FAILED,      /* it did not happen, and never will */
    CLIENT_UNKNOWN,     /* it may have happened */
    CLIENT_REDIRECT,    /* not here: try `node` (SIM_NONE: nobody knows); it did not happen. Also of
                           a server that does not reach the request's `after` in time */
    CLIENT_RETRY,       /* a conflict with others (SQLSTATE class 40): it did not happen, and may be
                           asked again */
};

struct client_request {
    int64_t request;  /* the client's number for it, echoed */
    int64_t session;  /* names the client across requests */
    enum client_operation operation;
    int64_t key;
    int64_t value;      /* unique in a run, so that a history can be judged */
    int64_t value_bytes; /* what the value weighs (modelled) */
    int64_t length;     /* SCAN: how many keys */
    int64_t after;      /* a version that the server must have reached before it answers; 0: any */
    int64_t attempt;    /* 1, 2, ...: how often this very request has been sent, to whichever
                           server. Only a system that remembers sessions may be asked a second
                           time */
};

struct client_response {
    int64_t request;
    enum client_status status;
    int64_t value;   /* READ, READ_MODIFY_WRITE: what was there (SIM_NONE: nothing); SCAN: count */
    int64_t version; /* a number that orders writes of the system (an LSN, an index); 0: none */
    int64_t node;    /* REDIRECT: whom to ask, or SIM_NONE */
};

enum { CLIENT_REQUEST_BYTES = 72, CLIENT_RESPONSE_BYTES = 40 }; /* at most */

/* Into a buffer of at least the size above. A first attempt ends before `attempt` (64 bytes),
 * and one for any version before `after` (56). */
struct sim_bytes client_request_write(const struct client_request *, uint8_t *buffer);
struct sim_bytes client_response_write(const struct client_response *, uint8_t *buffer);
/* False when the body is malformed. */
bool client_request_read(struct sim_bytes, struct client_request *);
bool client_response_read(struct sim_bytes, struct client_response *);

/* the f of a history: "read", "update"... */
const char *client_operation_name(enum client_operation);

#endif
