/*
 * The node model around the core: a replicated key-value store. Its own header.
 *
 *   node.c      events in, the core's output carried out
 *   storage.c   the journal and what is in it; starting from what is on disk
 *   snapshot.c  snapshots of the store, on disk and from a leader
 *   links.c     one stream to each other member
 *   serve.c     clients: commands, reads, and those who wait
 *   operate.c   an operator's commands
 *   look.c      views, probes
 *   encode.c    all of the state, for hashes
 *   tables.c    knobs, and what else an observer sees
 */
#ifndef RAFT_NODE_H
#define RAFT_NODE_H

#include "base/memory.h"
#include "parts/client_protocol.h"
#include "parts/journal.h"
#include "parts/kv.h"
#include "parts/snapshot_file.h"
#include "raft/core/raft.h"

enum raft_knob {
    KNOB_PEERS,
    KNOB_GROUP,
    KNOB_HEARTBEAT,
    KNOB_ELECTION_TIMEOUT,
    KNOB_ELECTION_TIMEOUT_MAX,
    KNOB_PRE_VOTE,
    KNOB_CHECK_QUORUM,
    KNOB_READS,
    KNOB_LEASE_DRIFT,
    KNOB_FOLLOWER_READS,
    KNOB_BACK_OFF,
    KNOB_BATCH,
    KNOB_BATCH_BYTES,
    KNOB_PIPELINE,
    KNOB_SNAPSHOT_ENTRIES,
    KNOB_SNAPSHOT_TRAILING,
    KNOB_SNAPSHOT_CHUNK,
    KNOB_SESSIONS_MAX,
    KNOB_RECONNECT,
    KNOB_TRANSPORT,
    RAFT_KNOBS
};
enum read_mode { READS_READ_INDEX, READS_LEASE, READS_LOG, READS_LOCAL };
enum back_off { BACK_OFF_HINT, BACK_OFF_ONE };

/* The core's notes and facts come first in the tables. */
enum raft_node_note {
    NOTE_RECOVERED = RAFT_NOTES,
    NOTE_FRESH,
    NOTE_LINK_DOWN,
    NOTE_GAVE_UP,
    NOTE_SAVED,
};
enum raft_node_fact { FACT_APPLIED = RAFT_FACTS, FACT_STATE };

enum transport { TRANSPORT_STREAM, TRANSPORT_DATAGRAM };

enum { RAFT_CHANNEL = 1, RAFT_DATAGRAMS = 2 };
/* Types 0 and 1 are the client's; then the core's, in its order. */
enum { RAFT_TYPE_FIRST = CLIENT_MESSAGE_TYPES };

enum raft_timer { TIMER_RAFT = 1, TIMER_RECONNECT };
static inline uint64_t timer_id(enum raft_timer kind, uint64_t which) {
    return (uint64_t)kind << 32 | which;
}

/* Bugs: the core's bits come first, in its order. */
enum raft_node_bug {
    BUG_CORE_BITS = 7,
    BUG_LOCAL_READS = BUG_CORE_BITS,
    BUG_FORGET_SESSIONS,
    BUG_APPLY_UNCOMMITTED,
};

enum raft_file { FILE_SNAPSHOT = 1 /* and the next */, FILE_JOURNAL = 16 };
enum raft_tag { TAG_SNAPSHOT = 1, TAG_JOURNAL = 16 }; /* and those after them */

struct link {
    sim_node node;
    bool up, connecting;
};

/* A client's command that is in the log, or (index 0) of the `propose` command's own load. */
struct waiting_command {
    int64_t index, request;
    sim_node client; /* RAFT_NOBODY: the load's */
};
enum read_state { READ_UNUSED, READ_ASKED, READ_READY };
struct waiting_read {
    enum read_state state;
    int64_t number; /* in the core: never used twice; its place in the low bits */
    int64_t index; /* READY: answered once this is applied */
    sim_node client;
    struct client_request request;
};

struct load { /* the command `propose` */
    bool on;
    uint64_t request;
    int64_t left, open, in_flight, bytes, done;
};

struct node {
    sim_node self;
    struct memory *memory;
    uint64_t bugs;
    enum read_mode reads;
    bool follower_reads, datagrams;
    int64_t snapshot_entries, snapshot_trailing, reconnect_ns;
    int64_t sessions_max;
    struct raft_configuration first_members;

    struct raft_settings set;
    struct raft_output output;
    struct raft raft;
    bool running; /* recovered */
    int64_t armed_ns; /* the core's timer; INT64_MAX: not armed */

    /* storage.c */
    struct journal journal;
    struct written { int64_t write, position; } *written; /* a ring: to be told of when durable */
    size_t written_first, written_count, written_capacity;
    int awaited; /* at the start: snapshot, journal */
    int64_t drop_before, drop_at; /* segments, once that position is durable; 0: none */

    /* snapshot.c */
    struct snapshot_file snapshot_file;
    bool snapshot_received; /* what is written there: the core's incoming, or the store's own */
    struct sim_bytes snapshot_bytes; /* its own, while it is written */
    int64_t snapshot_index, snapshot_weight; /* of it */
    struct raft_snapshot found; /* on disk at the start */
    bool snapshot_wanted; /* an operator's */
    int64_t snapshot_wanted_from; /* it has to have at least this */
    uint64_t snapshot_request;

    /* the state machine */
    struct kv kv;
    int64_t applied;

    /* links.c */
    struct link *links;
    size_t link_count, link_capacity;

    /* serve.c */
    struct waiting_command *commands; /* a ring, by index */
    size_t command_first, command_count, command_capacity;
    struct waiting_read *pending;
    size_t read_count, read_capacity, reads_open;
    int64_t read_number;
    struct load load;
    int64_t load_number;

    /* figures */
    int64_t messages_sent, bytes_sent, commands_done;
    struct writer body; /* a message's, reused */
};

static inline bool node_has_bug(const struct node *n, enum raft_node_bug bug) {
    return n->bugs >> bug & 1;
}
static inline struct raft_moment moment_of(const struct sim_event *e) {
    return (struct raft_moment){e->now.mono_ns, e->random};
}

/* node.c */
void node_recovered(struct node *, const struct sim_event *, struct sim_out *);
void *raft_node_init(const struct sim_config *, struct text *refusal);
void raft_node_step(void *state, const struct sim_event *, struct sim_out *);

/* storage.c */
void storage_start(struct node *, const struct sim_event *, struct sim_out *);
void storage_write(struct node *, struct raft_output *);
/* a new segment, with the log from its base on */
void storage_rebase(struct node *, struct sim_out *);
void storage_snapshot_read(struct node *, const struct sim_event *, struct sim_out *);
void storage_answered(struct node *, const struct sim_event *, struct sim_out *);

/* snapshot.c */
/* True: there is one, and storage_snapshot_read follows. */
bool snapshot_start(struct node *, const struct sim_event *, struct sim_out *);
void snapshot_answered(struct node *, const struct sim_event *, struct sim_out *);
void snapshot_look(struct node *, struct sim_out *); /* is it time for one? */
/* The core has one whole. */
void snapshot_install(struct node *, const struct sim_event *, struct sim_out *);
void snapshot_use(struct node *, struct sim_out *); /* the core's, as the store */

/* links.c */
void links_start(struct node *, struct sim_out *);
void link_send(struct node *, const struct raft_message *, struct sim_out *);
void link_peer(struct node *, const struct sim_event *, struct sim_out *);
void link_reconnect(struct node *, sim_node, struct sim_out *);

/* serve.c */
void serve_request(struct node *, const struct sim_event *, struct sim_out *);
void serve_applied(struct node *, int64_t index, const struct client_response *, struct sim_out *);
void serve_give_up(struct node *, struct sim_out *); /* it does not lead: nobody waits for it */
void serve_ready(struct node *, const struct raft_ready *, struct sim_out *);
void serve_reads(struct node *, struct sim_out *); /* more has been applied, or nobody leads */
void load_look(struct node *, const struct sim_event *, struct sim_out *);

/* operate.c */
void operate(struct node *, const struct sim_event *, struct sim_out *);

/* look.c */
void raft_node_view(const void *state, size_t view, const struct sim_clocks *, struct sim_rows *);
int64_t raft_node_probe(const void *state, size_t probe, const struct sim_clocks *);
extern const struct sim_table raft_views[];
extern const struct sim_param raft_probes[];

/* encode.c */
void raft_node_encode(const void *state, struct writer *);

/* operate.c */
extern const struct sim_table raft_commands[];

#endif
