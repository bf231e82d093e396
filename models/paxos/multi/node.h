/*
 * The node model `paxos`: one group of Multi-Paxos that drives a key-value store. Its state, and
 * what its files call of one another.
 *
 *   node.c       events to the core, its output to effects
 *   recovery.c   what a start finds on disk
 *   storage.c    the journal: records, positions, segments
 *   snapshot.c   snapshots: taken, kept, sent in pieces, put together
 *   clients.c    requests, and who waits for which instance
 *   links.c      streams to the other members
 *   commands.c   what an operator asks
 *   encode.c     the state as bytes
 *   probes.c     probes, views, and what else an observer sees
 *   tables.c     knobs, notes, and the model itself
 */
#ifndef PAXOS_MULTI_NODE_H
#define PAXOS_MULTI_NODE_H

#include "parts/journal.h"
#include "parts/kv.h"
#include "parts/snapshot_file.h"
#include "paxos/core/facts.h"
#include "paxos/core/group.h"

enum paxos_knob {
    KNOB_PEERS,
    KNOB_GROUP,
    KNOB_HEARTBEAT,
    KNOB_ELECTION_TIMEOUT,
    KNOB_ELECTION_TIMEOUT_MAX,
    KNOB_BATCH,
    KNOB_WINDOW,
    KNOB_ALPHA,
    KNOB_READS,
    KNOB_LEASE,
    KNOB_LEASE_DRIFT,
    KNOB_Q1,
    KNOB_Q2,
    KNOB_INSIST,
    KNOB_SNAPSHOT_ENTRIES,
    KNOB_SNAPSHOT_CHUNK,
    KNOB_SESSIONS_MAX,
    KNOB_SEGMENT_BYTES,
    KNOB_RECONNECT,
    KNOB_RETRANSMIT,
    PAXOS_KNOBS
};
enum node_note { /* after the core's */
                 NOTE_SNAPSHOT_TAKEN = PAXOS_NOTES,
                 NOTE_SNAPSHOT_SENT,
                 NOTE_SNAPSHOT_RECEIVED,
                 NOTE_OPEN_UNKNOWN,
                 NOTE_SNAPSHOT_FOUND,
                 NODE_NOTES
};
enum node_probe {
    PROBE_LEADER,
    PROBE_BALLOT,
    PROBE_COMMIT,
    PROBE_APPLIED,
    PROBE_IN_FLIGHT,
    PROBE_GAPS,
    PROBE_COMMANDS,
    PROBE_QUEUED,
    PROBE_MESSAGES_SENT,
    PROBE_BYTES_SENT,
    PROBE_SYNCS,
    PROBE_LEASE_REMAINING,
    PROBE_LOG_FIRST,
    PROBE_REPEATED,
};
enum node_view { VIEW_PAXOS, VIEW_INSTANCES, VIEW_PEERS, VIEW_MEMBERS };
enum node_command { COMMAND_PROPOSE, COMMAND_CAMPAIGN, COMMAND_RECONFIGURE, COMMAND_SNAPSHOT };
enum node_bug {
    NODE_BUG_UNSYNCED_PROMISE,
    NODE_BUG_IGNORE_ACCEPTED,
    NODE_BUG_REUSED_BALLOT,
    NODE_BUG_GAP_AS_NOOP,
    NODE_BUG_PROMISE_SKIPS_GAPS,
    NODE_BUG_DISJOINT_QUORUMS,
    NODE_BUG_LEASE_FORGOTTEN,
};
enum { PEER_CHANNEL = CLIENT_CHANNEL + 1 };
/* Messages: the client's two, the core's, and of snapshots. */
enum {
    MESSAGE_CORE = CLIENT_MESSAGE_TYPES,
    MESSAGE_CHUNK = MESSAGE_CORE + PAXOS_TYPES,
    MESSAGE_NEXT_CHUNK,
    NODE_MESSAGES
};
enum { TIMER_GROUP = 1, TIMER_LINK = 2 /* + the place of the peer */ };
enum {
    FILE_SNAPSHOT = 1, /* and the next */
    FILE_JOURNAL = 100 /* and those after it */
};
enum {
    TAG_SNAPSHOT = 1, /* and those after it */
    TAG_JOURNAL = 16,
    TAG_CHUNK = 64 /* + the place of the peer */
};
/* A value that only weighs, of the command `propose`. */
enum { VALUE_FILL = VALUE_MEMBERS + 1 };
enum { QUEUE_MAX = 100000 }; /* requests that wait for the window */

struct waiting { /* a request that is not proposed yet */
    sim_node client;
    int64_t request;
    uint8_t value[1 + CLIENT_REQUEST_BYTES];
    size_t size;
    int64_t extra;
};
struct pending { /* of an instance that this leader proposed */
    int64_t instance;
    sim_node client;
    int64_t request;
    int64_t hash;
    bool fill; /* of the command `propose`: nobody's request */
};
struct change { /* of the membership, asked for, that waits for the window */
    bool waits;
    uint64_t request;
    uint8_t value[VALUE_MEMBERS_BYTES];
    size_t size;
};
struct mark {
    int64_t records, position;
};
struct segment {
    int64_t number, highest; /* no record in it is of a higher instance */
    int64_t head;            /* its first record ends there */
};
struct fill { /* the command `propose` */
    bool on;
    uint64_t request;
    int64_t left, bytes, in_flight, open;
};

struct snapshot {            /* a file, taken apart */
    int64_t through, weight; /* weight: modelled bytes beyond its own */
    struct reader configs;
    struct sim_bytes rows;
};
struct store { /* a snapshot on its way to the disk */
    uint8_t *bytes;
    size_t size;
    int64_t through, weight;
    bool received; /* from another: to be installed */
    uint64_t request; /* of the command `snapshot`; has_request */
    bool has_request;
};
struct incoming { /* a snapshot that another sends */
    sim_node from;
    int64_t through;
    uint8_t *bytes;
    size_t size, capacity; /* capacity: all of it; 0: none */
};

struct paxos_node {
    struct paxos_group group;
    struct paxos_output output;
    struct journal journal;
    struct kv kv;
    struct memory *memory;
    enum paxos_reads reads;
    int64_t snapshot_entries, snapshot_chunk, segment_bytes, reconnect_ns;
    size_t sessions_max;
    bool ready;
    struct sim_file *files; /* as the start found them, until the journal is read */
    size_t file_count;

    struct mark *marks; /* a ring: where records end that are not durable yet */
    size_t mark_first, mark_count, mark_capacity;
    struct segment *segments; /* the oldest first */
    size_t segment_count, segment_capacity;

    struct waiting *queue; /* a ring */
    size_t queue_first, queue_count, queue_capacity;
    struct pending *pending; /* a ring by instance, as large as the window */
    size_t pending_capacity;
    bool was_leader;
    struct fill fill;
    struct change change;

    struct snapshot_file snapshot_file;
    struct store store; /* while that is not idle */
    struct incoming incoming;
    int64_t snapshot_through, snapshot_size, snapshot_weight;              /* of that on disk */
    int64_t chunk_through[PAXOS_PEERS_MAX]; /* of which a piece is read for a peer */

    int linked; /* peers that a stream has been opened to, or is awaited from */
    int64_t armed_ns;
    int64_t messages_sent, bytes_sent, commands;
};

/* node.c */
void *paxos_node_init(const struct sim_config *, struct text *refusal);
void paxos_node_step(void *state, const struct sim_event *, struct sim_out *);
/* After whatever has happened: applies what is chosen, proposes what waits, and lets all of it out.
 */
void paxos_node_settle(struct paxos_node *, const struct sim_event *, struct sim_out *);
void paxos_node_send(struct paxos_node *, sim_node to, uint32_t type, struct sim_bytes body,
                     int64_t extra, struct sim_out *);

/* recovery.c */
void paxos_recovery_begin(struct paxos_node *, const struct sim_event *, struct sim_out *);
void paxos_recovery_snapshot_read(struct paxos_node *, const struct sim_event *, struct sim_out *);
void paxos_recovery_done(struct paxos_node *, const struct sim_event *);
void paxos_recovery_record(void *node, int64_t segment, struct sim_bytes);

/* storage.c */
void paxos_storage_keep(struct paxos_node *, struct sim_out *);
void paxos_storage_synced(struct paxos_node *, const struct sim_event *);
void paxos_storage_drop(struct paxos_node *, struct sim_out *);
void paxos_storage_saw(struct paxos_node *, int64_t segment, int64_t head);

/* snapshot.c */
void paxos_snapshot_consider(struct paxos_node *, int64_t now, struct sim_out *);
bool paxos_snapshot_take(struct paxos_node *, int64_t now, struct sim_out *);
void paxos_snapshot_stored(struct paxos_node *, const struct sim_event *, struct sim_out *);
/* False: malformed, or a frame that does not check. It borrows from the file. */
bool paxos_snapshot_open(struct sim_bytes file, struct snapshot *);
void paxos_snapshot_offer(struct paxos_node *, sim_node to, struct sim_out *);
void paxos_snapshot_chunk_read(struct paxos_node *, const struct sim_disk *answer,
                               struct sim_out *);
void paxos_snapshot_chunk_received(struct paxos_node *, const struct sim_event *, struct sim_out *);
void paxos_snapshot_next_asked(struct paxos_node *, const struct sim_event *, struct sim_out *);

/* clients.c */
void paxos_clients_asked(struct paxos_node *, const struct sim_event *, struct sim_out *);
bool paxos_clients_propose(struct paxos_node *, struct sim_out *); /* true: something was */
void paxos_clients_applied(struct paxos_node *, int64_t instance, struct sim_bytes value,
                           struct sim_out *);
void paxos_clients_deposed(struct paxos_node *, struct sim_out *);

/* links.c */
void paxos_links_open(struct paxos_node *, struct sim_out *);
void paxos_links_again(struct paxos_node *, int place, struct sim_out *);
void paxos_links_changed(struct paxos_node *, const struct sim_event *, struct sim_out *);

/* commands.c */
void paxos_command_received(struct paxos_node *, const struct sim_event *, struct sim_out *);
void paxos_reply_text(struct sim_out *, uint64_t request, bool ok, const char *);

/* encode.c */
void paxos_node_encode(const void *state, struct writer *);

/* probes.c */
void paxos_node_describe(const void *state, struct text *);
void paxos_node_describe_message(const struct sim_message *, struct text *);
int64_t paxos_node_probe(const void *state, size_t probe, const struct sim_clocks *);
void paxos_node_view(const void *state, size_t view, const struct sim_clocks *, struct sim_rows *);


#endif
