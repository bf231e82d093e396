/*
 * Raft, as a pure core: what has happened goes in, what is to be done comes out.
 *
 * After Ongaro and Ousterhout, "In search of an understandable consensus algorithm", USENIX ATC
 * 2014, extended version ("paper"), and Ongaro, "Consensus: bridging theory and practice", Stanford
 * 2014 ("thesis"). The core asks nobody anything: it is told the time and handed a random stream;
 * it has no network, no disk and no state machine. A node may hold hundreds of them, one a group,
 * that share one output.
 *
 * The embedder calls raft_begin, the raft_restore functions with what was on disk, raft_start, and
 * then whatever happens to it. After every call, before the next one, it takes the output:
 *
 *   1. what is to be written, in order: `state` (term and vote), then entries `first` to `last`,
 *      which replace those from `first` on that had been written before. When write number `write`
 *      is on disk, raft_durable(write).
 *   2. messages, each written by raft_message_write while the log is as it is, and sent. Those that
 *      speak of what is not durable yet are not among them: the core holds them back until it is
 *      (paper 5.2, figure 2: "updated on stable storage before responding to RPCs").
 *   3. what was said: notes and facts (says.h).
 *   4. reads that may be answered, once the state machine has applied up to their index.
 *   5. a snapshot that has come whole, if `install`: raft_installed when it is durable.
 *   6. entries up to r->commit, to be applied.
 *
 * and clears it with raft_output_clear. raft_deadline says when raft_time wants to be called.
 *
 * Owner: of all memory the node's (base/memory.h); entries' bytes are copied. Indexes and terms
 * begin at 1; 0 is none. Times are ns of the node's monotonic clock.
 */
#ifndef RAFT_CORE_RAFT_H
#define RAFT_CORE_RAFT_H

#include "base/codec.h"
#include "base/random.h"
#include "base/text.h"
#include "raft/core/says.h"
#include "wall/model.h"

struct memory;

#define RAFT_NOBODY UINT32_MAX

enum raft_role { RAFT_FOLLOWER, RAFT_PRE_CANDIDATE, RAFT_CANDIDATE, RAFT_LEADER };

/* ---- the log ---- */

enum raft_kind { RAFT_NOOP, RAFT_COMMAND, RAFT_CONFIGURATION };
struct raft_entry {
    int64_t term;
    int64_t write;  /* that makes it durable */
    uint64_t hash;  /* of it and of all before it: equal hashes, equal logs */
    uint8_t *data;
    uint32_t size;
    uint32_t weight; /* modelled bytes beyond the real ones */
    enum raft_kind kind;
};

/* ---- who belongs to the group ---- */

enum { RAFT_MEMBERS_MAX = 16, RAFT_SET_MAX = 2 * RAFT_MEMBERS_MAX }; /* of old and new together */
struct raft_set {
    uint32_t count;
    sim_node nodes[RAFT_SET_MAX];
};
struct raft_configuration {
    struct raft_set voters;
    struct raft_set outgoing; /* joint consensus: C_old; empty otherwise */
    struct raft_set learners; /* they get the log and have no vote */
};
static inline bool raft_is_joint(const struct raft_configuration *c) {
    return c->outgoing.count > 0;
}
bool raft_set_has(const struct raft_set *, sim_node);
bool raft_is_voter(const struct raft_configuration *, sim_node);
bool raft_is_member(const struct raft_configuration *, sim_node);
void raft_set_add(struct raft_set *, sim_node); /* nothing if it is there, or the set is full */
void raft_set_remove(struct raft_set *, sim_node);
void raft_configuration_write(const struct raft_configuration *, struct writer *);
bool raft_configuration_read(struct reader *, struct raft_configuration *); /* false: malformed */

/* ---- settings ---- */

enum raft_bug { /* bits; README.md says what each breaks */
    RAFT_BUG_UNSYNCED_VOTE = 1 << 0,
    RAFT_BUG_COMMIT_OLD_TERM = 1 << 1,
    RAFT_BUG_NO_ELECTION_RESTRICTION = 1 << 2,
    RAFT_BUG_TRUNCATE_ALWAYS = 1 << 3,
    RAFT_BUG_CHANGE_AT_ONCE = 1 << 4,
    RAFT_BUG_LEASE_WITHOUT_MARGIN = 1 << 5,
    RAFT_BUG_NEXT_NEVER_BACKS_OFF = 1 << 6,
};
struct raft_settings {
    int64_t heartbeat_ns;
    int64_t election_min_ns, election_max_ns; /* a timeout is drawn from these, both included */
    bool pre_vote;     /* thesis 9.6 */
    bool check_quorum; /* thesis 6.2: a leader that hears no majority steps down */
    bool hint;         /* paper 5.3, end: back off by a term at once; else by one entry */
    bool lease;        /* thesis 6.4.1: read without a round of heartbeats */
    int64_t lease_drift_ppm; /* clocks differ from true time by no more, it is assumed */
    int64_t batch_entries, batch_bytes; /* of one AppendEntries, at most; one entry always */
    int64_t pipeline;                   /* AppendEntries in flight to one follower */
    int64_t chunk_bytes;                /* of a snapshot */
    unsigned bugs;
};

/* ---- messages ---- */

enum raft_type {
    RAFT_APPEND,       /* AppendEntries; without entries: a heartbeat */
    RAFT_APPEND_REPLY,
    RAFT_VOTE,         /* RequestVote */
    RAFT_VOTE_REPLY,
    RAFT_PRE_VOTE,
    RAFT_PRE_VOTE_REPLY,
    RAFT_SNAPSHOT,     /* InstallSnapshot, a chunk */
    RAFT_SNAPSHOT_REPLY,
    RAFT_TIMEOUT_NOW,  /* thesis 3.10 */
    RAFT_READ,         /* a follower asks for a read index */
    RAFT_READ_REPLY,
    RAFT_TYPES
};
struct raft_message {
    enum raft_type type;
    sim_node peer;    /* to, or from */
    int64_t term;
    int64_t index;    /* APPEND: the entry before; its REPLY: the last that matches, or the one that
                         does not; votes: the candidate's last; SNAPSHOT: its last; READ_REPLY: to
                         read at */
    int64_t log_term; /* that entry's term; APPEND_REPLY that says no: the follower's term there,
                         or 0 */
    int64_t commit;   /* the leader's. APPEND_REPLY that says no: where that term begins in its
                         log */
    int64_t stamp;    /* the leader's clock when it sent this, which the reply returns; READ: its
                         number */
    int64_t offset, total; /* SNAPSHOT: where the chunk begins (REPLY: what is wanted next), its
                              whole size */
    uint64_t hash;         /* SNAPSHOT: of the log up to it */
    bool ok;               /* a reply's; VOTE: the leader wants it (transfer) */
    int64_t count;         /* APPEND: entries, which begin at index + 1 */
    struct sim_bytes bytes; /* as read: the entries, or the chunk; borrowed */
    int64_t weight;         /* modelled bytes beyond the real ones */
};

struct raft;
/* Its body; entries and chunks come from the core. Small enough for a buffer but for those two
 * types, so a growing writer is of use. */
void raft_message_write(const struct raft *, const struct raft_message *, struct writer *);
/* false: malformed */
bool raft_message_read(enum raft_type, struct sim_bytes body, struct raft_message *);
void raft_message_describe(const struct raft_message *, struct text *); /* as read */

/* ---- output ---- */

struct raft_said {
    bool is_fact;
    uint32_t what; /* enum raft_note or enum raft_fact */
    uint32_t count;
    int64_t values[8];
};
struct raft_ready { /* a read: of the embedder's number, or of a follower's */
    int64_t number, index; /* index SIM_NONE: no leader any more, ask elsewhere */
};
struct raft_output {
    struct memory *memory;
    int64_t write, first, last; /* 0: nothing; no entries */
    bool state;
    bool install;
    struct raft_message *messages;
    struct raft_said *said;
    struct raft_ready *ready;
    size_t message_count, message_capacity, said_count, said_capacity, ready_count, ready_capacity;
};
void raft_output_begin(struct raft_output *, struct memory *);
void raft_output_clear(struct raft_output *);

/* ---- the group's member ---- */

/* Flow control as etcd has it (raft/tracker/progress.go): a follower whose log is not known gets
 * one AppendEntries at a time; one that is known to match a stream of them; one that is too far
 * behind a snapshot. */
enum raft_flow { RAFT_PROBE, RAFT_REPLICATE, RAFT_SENDING_SNAPSHOT };
struct raft_progress {
    sim_node node;
    enum raft_flow flow;
    bool waits;         /* PROBE: one is under way */
    bool keeps_up;      /* its last round took less than an election timeout */
    int64_t since_ns;   /* of its flow: answers to what was sent before change it no more */
    int64_t next, match;
    int64_t acked_ns;   /* the newest stamp that has come back */
    int64_t heard_ns;   /* when anything has */
    int64_t offset;     /* SENDING_SNAPSHOT: of the chunk that is under way, */
    int64_t chunk_ns;   /* since when */
    int64_t snapshot;   /* and its index; it stays until the log after it has been caught up
                           with. 0: none */
    bool anew;          /* it had to begin with that one anew */
    int64_t round_last; /* thesis 4.2.1: a round ends when it has the log up to here; */
    int64_t round_ns;   /* and began then */
    int64_t *in_flight; /* last indexes of AppendEntries under way: a ring of `pipeline` */
    int64_t in_flight_first, in_flight_count;
};
struct raft_waiting_read {
    int64_t number, at_ns, index; /* index 0: until an entry of this term is committed */
    sim_node from;                /* RAFT_NOBODY: the embedder's own */
};
struct raft_snapshot { /* of the state machine, as it was after `index` */
    int64_t index, term;
    uint64_t hash;
    struct raft_configuration configuration;
    uint8_t *bytes;
    size_t size;
    int64_t weight;
};
struct raft_dated_configuration { int64_t index; struct raft_configuration is; };

struct raft {
    struct memory *memory;
    struct raft_output *out;
    const struct raft_settings *set;
    int64_t group;
    sim_node self;
    int64_t now_ns;        /* of the call that is under way */
    struct random *random;

    enum raft_role role;
    int64_t term;
    sim_node vote, leader; /* RAFT_NOBODY: none, not known */
    int64_t commit;

    /* log.c: entries base + 1 to last, in a ring */
    struct raft_entry *entries;
    size_t capacity;
    int64_t base, base_term, last;
    uint64_t base_hash;
    int64_t stable; /* the last that is durable, with all before it */
    struct raft_dated_configuration *configurations; /* oldest first; the last is in force */
    size_t configuration_count, configuration_capacity;

    /* writes: numbered; and what waits for one */
    int64_t writes, durable;
    int64_t state_write; /* the last of term and vote */
    struct raft_held { int64_t write; struct raft_message message; } *held;
    size_t held_first, held_count, held_capacity; /* a ring */

    /* election.c */
    int64_t heard_ns;   /* from the leader, or since when it waits for one */
    int64_t led_ns;     /* from a leader, last, whatever became of it */
    int64_t timeout_ns; /* as drawn */
    int64_t vote_write; /* CANDIDATE: of its own vote */
    struct raft_set granted;
    bool sought_by_leader; /* the election is a transfer */

    /* the leader's */
    struct raft_progress *progress; /* of the other members, in the order in which they joined */
    size_t progress_count, progress_capacity;
    int64_t term_first;  /* the index of this term's first entry, its no-op */
    int64_t heartbeat_ns; /* the next is due */
    bool unsent;          /* entries were proposed since the last flush */
    sim_node transfer_to; /* RAFT_NOBODY: none */
    int64_t transfer_until_ns;
    bool transfer_told;
    bool may_be_challenged; /* somebody was told to stand in this term, whatever the others
                               promised */
    struct raft_waiting_read *reads;
    size_t read_count, read_capacity;
    int64_t asked_ns; /* the last time that all were asked whether they still follow */

    /* snapshot.c */
    struct raft_snapshot snapshot; /* index 0: none yet */
    struct raft_snapshot incoming; /* bytes: room for the whole; index 0: none */
    int64_t incoming_size, incoming_stamp;
    int64_t incoming_term; /* of the leader that sends it */
    bool installing;

    /* figures */
    int64_t elections;
};

struct raft_moment {
    int64_t now_ns;
    struct random *random;
};

/* settings and output stay the embedder's, and live as long. */
void raft_begin(struct raft *, struct memory *, const struct raft_settings *, struct raft_output *,
                int64_t group, sim_node self);
/* Before raft_start, in any order but of the entries. The first members, if there is nothing on
   disk: */
void raft_restore_members(struct raft *, const struct raft_configuration *);
void raft_restore_state(struct raft *, int64_t term, sim_node vote);
/* The log begins after it. Entries behind it stay if the log agrees with it. */
void raft_restore_base(struct raft *, int64_t index, int64_t term, uint64_t hash);
/* Those from `index` on that are there are replaced, but where the one there is the same. False:
 * there would be a gap. */
bool raft_restore_entry(struct raft *, int64_t index, const struct raft_entry *);
/* After the entries. Entries that the snapshot does not agree with, or does not reach, are dropped;
 * true if the log was reset, which has to be written before anything else is. */
bool raft_restore_snapshot(struct raft *, const struct raft_snapshot *);
void raft_start(struct raft *, const struct raft_moment *);

/* ---- events ---- */

void raft_receive(struct raft *, const struct raft_moment *, const struct raft_message *);
void raft_time(struct raft *, const struct raft_moment *);
int64_t raft_deadline(const struct raft *); /* INT64_MAX: none */
void raft_durable(struct raft *, const struct raft_moment *, int64_t write);
/* The stream to a member is down, or is up again: what was in flight is lost. */
void raft_unreachable(struct raft *, const struct raft_moment *, sim_node);

/* A leader's: the index that it will have if it is committed; 0: not the leader, or it hands
 * over. The entry goes out with raft_flush, together with the others of this step. */
int64_t raft_propose(struct raft *, const struct raft_moment *, struct sim_bytes data,
                     int64_t weight);
void raft_flush(struct raft *, const struct raft_moment *);
/* Linearizable: its answer is in the output's `ready`, now or later. False: no leader is known. */
bool raft_read(struct raft *, const struct raft_moment *, int64_t number);

/* NULL: done, or under way; else why not, a phrase. */
const char *raft_campaign(struct raft *, const struct raft_moment *);
const char *raft_transfer(struct raft *, const struct raft_moment *, sim_node);
const char *raft_change(struct raft *, const struct raft_moment *,
                        const struct raft_configuration *);
/* The leader's: that member has the log, and keeps up with it (thesis 4.2.1). */
bool raft_caught_up(const struct raft *, int64_t now_ns, sim_node);

/* ---- snapshots ---- */

/* The embedder has saved its state as of `index`, which is applied, and keeps `trailing` entries
 * before it for followers who lag a little; and what one lacks who was sent a snapshot, if it is
 * less than another would be. The bytes are copied. False: the snapshot before is being sent,
 * and stays. */
bool raft_compact(struct raft *, int64_t index, struct sim_bytes bytes, int64_t weight,
                  int64_t trailing);
/* What the output said to install (r->incoming) is durable. The log begins after it from here
 * on: the embedder writes the new base and what follows it before anything else. True: the state
 * machine is to be what r->snapshot says; false: it is ahead of that already. */
bool raft_installed(struct raft *, const struct raft_moment *);

/* ---- looking ---- */

const struct raft_configuration *raft_configuration_of(const struct raft *); /* in force */
int64_t raft_configuration_index(const struct raft *); /* of the entry that says so; 0: as begun */
const struct raft_configuration *raft_configuration_at(const struct raft *, int64_t index);
int64_t raft_term_at(const struct raft *, int64_t index); /* 0: not there */
/* base < index <= last */
const struct raft_entry *raft_entry_at(const struct raft *, int64_t index);
uint64_t raft_hash_at(const struct raft *, int64_t index); /* base <= index <= last */
static inline int64_t raft_last_term(const struct raft *r) { return raft_term_at(r, r->last); }
bool raft_leads_surely(const struct raft *, int64_t now_ns); /* its lease, if it has one, lasts */
void raft_encode(const struct raft *, struct writer *);
const char *raft_role_name(enum raft_role);
const char *raft_flow_name(enum raft_flow);

#endif
