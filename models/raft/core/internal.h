/*
 * What the files of the core call of one another. Each file is a rule of the paper:
 *
 *   raft.c           terms, roles, time; what is held back until it is durable
 *   log.c            the entries, and the configurations among them
 *   configuration.c  who belongs, and what a majority is
 *   election.c       paper 5.2, 5.4.1; pre-vote, thesis 9.6
 *   replicate.c      paper 5.3, the leader's side: what each follower is sent
 *   follow.c         paper 5.3, the follower's side: the consistency check
 *   commit.c         paper 5.3, 5.4.2: what is committed
 *   read.c           thesis 6.4: reads without the log
 *   change.c         paper 6, thesis 4: membership; thesis 3.10: transfer
 *   snapshot.c       paper 7: snapshots in chunks
 *   message.c        bytes of messages
 *   print.c          for people
 */
#ifndef RAFT_CORE_INTERNAL_H
#define RAFT_CORE_INTERNAL_H

#include <assert.h>

#include "base/memory.h"
#include "parts/grow.h"
#include "raft/core/raft.h"

static inline bool has_bug(const struct raft *r, enum raft_bug bug) {
    return (r->set->bugs & bug) != 0;
}

/* ---- saying ---- */
#define note(r, ...)                                                                               \
    raft_say((r), false, (const int64_t[]){__VA_ARGS__},                                           \
             sizeof((const int64_t[]){__VA_ARGS__}) / sizeof(int64_t))
#define fact(r, ...)                                                                               \
    raft_say((r), true, (const int64_t[]){__VA_ARGS__},                                            \
             sizeof((const int64_t[]){__VA_ARGS__}) / sizeof(int64_t))
void raft_say(struct raft *, bool is_fact, const int64_t *values, size_t count);

/* ---- raft.c ---- */
void enter(struct raft *, const struct raft_moment *);
void post(struct raft *, struct raft_message); /* now, in the current term unless it has one */
/* When the write is durable; now, if it is. */
void post_after(struct raft *, int64_t write, struct raft_message);
int64_t write_state(struct raft *); /* term and vote changed: the number of the write */
/* Follower of `leader` (RAFT_NOBODY: not known) in `term`, which is not below its own. */
void become_follower(struct raft *, int64_t term, sim_node leader);
void draw_timeout(struct raft *);

/* ---- log.c ---- */
int64_t log_append(struct raft *, int64_t term, enum raft_kind, struct sim_bytes, int64_t weight);
void log_truncate(struct raft *, int64_t from); /* `from` and all after it go */
void log_drop_before(struct raft *, int64_t base); /* base becomes the one before the first */
void log_reset(struct raft *, int64_t base, int64_t term, uint64_t hash,
               const struct raft_configuration *);
static inline struct raft_entry *log_at(const struct raft *r, int64_t index) {
    assert(index > r->base && index <= r->last);
    return &r->entries[(size_t)index & (r->capacity - 1)];
}
/* That log is at least as up-to-date as this one (paper 5.4.1). */
static inline bool log_up_to_date(const struct raft *r, int64_t term, int64_t index) {
    const int64_t last_term = raft_last_term(r);
    return term > last_term || (term == last_term && index >= r->last);
}
void log_configuration_restore(struct raft *, int64_t index, const struct raft_configuration *);

/* ---- configuration.c ---- */
/* Of each set of voters a majority has at least this; INT64_MAX where nobody votes. value_of: of a
 * member, in the leader's eyes. */
int64_t majority_value(const struct raft *, int64_t (*value_of)(const struct raft *, sim_node));
bool majority_in(const struct raft_configuration *, const struct raft_set *);
/* Others who vote, each once. */
uint32_t other_voters(const struct raft *, sim_node nodes[RAFT_SET_MAX]);

/* ---- election.c ---- */
bool stands(const struct raft *); /* may it be a candidate at all? */
void pre_campaign(struct raft *);
void campaign(struct raft *, bool transfer);
void own_vote_durable(struct raft *);
void on_vote(struct raft *, const struct raft_message *);
void on_vote_reply(struct raft *, const struct raft_message *);
bool hears_leader(const struct raft *); /* or is one */
bool leader_alive(const struct raft *); /* and nobody may be elected in its place */

/* ---- replicate.c ---- */
struct raft_progress *progress_of(const struct raft *, sim_node); /* NULL: no member */
void progress_sync(struct raft *);  /* with the configuration in force */
void become_leader(struct raft *);
void broadcast_heartbeat(struct raft *);
void replicate(struct raft *, struct raft_progress *); /* as much as its flow allows */
void progress_probe(struct raft *, struct raft_progress *);
void acknowledged(const struct raft *, struct raft_progress *, int64_t stamp);
void begin_rounds(const struct raft *, struct raft_progress *); /* it begins to catch up */
void on_append_reply(struct raft *, const struct raft_message *);
int64_t append_configuration(struct raft *, const struct raft_configuration *);

/* ---- follow.c ---- */
void on_append(struct raft *, const struct raft_message *);

/* ---- commit.c ---- */
void commit_by_majority(struct raft *);
void commit_to(struct raft *, int64_t index);

/* ---- read.c ---- */
void reads_look(struct raft *); /* something that they wait for may have come */
void reads_fail(struct raft *);
void reads_expire(struct raft *, int64_t age_ns); /* those that are older fail */
int64_t majority_acked_ns(const struct raft *);
void on_read(struct raft *, const struct raft_message *);
void on_read_reply(struct raft *, const struct raft_message *);

/* ---- change.c ---- */
void change_committed(struct raft *, int64_t index); /* the configuration there */
void transfer_look(struct raft *);
void transfer_end(struct raft *);

/* ---- snapshot.c ---- */
void send_snapshot(struct raft *, struct raft_progress *);
void send_chunk(struct raft *, struct raft_progress *);
void on_snapshot(struct raft *, const struct raft_message *);
void on_snapshot_reply(struct raft *, const struct raft_message *);
void snapshot_forget_incoming(struct raft *);

#endif
