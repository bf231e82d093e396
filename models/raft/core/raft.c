/*
 * Terms, roles and time: the rules for all servers (paper, figure 2).
 *
 * "If RPC request or response contains term T > currentTerm: set currentTerm = T, convert to
 * follower." Terms are a logical clock: a message from a past one is refused or ignored, and so a
 * deposed leader learns that it is one.
 *
 * What is said to others must not be forgotten by a crash, so term, vote and entries have numbered
 * writes, and a message that speaks of one waits here until that write is durable. A leader's
 * AppendEntries do not wait: it may send them while it writes, as it counts itself only once it has
 * written (thesis 10.2.1).
 */
#include "raft/core/internal.h"

void raft_begin(struct raft *r, struct memory *memory, const struct raft_settings *set,
                struct raft_output *out, int64_t group, sim_node self) {
    *r = (struct raft){.memory = memory,
                       .out = out,
                       .set = set,
                       .group = group,
                       .self = self,
                       .vote = RAFT_NOBODY,
                       .leader = RAFT_NOBODY,
                       .transfer_to = RAFT_NOBODY};
}

/* ---- output ---- */

void raft_output_begin(struct raft_output *o, struct memory *memory) {
    *o = (struct raft_output){.memory = memory};
}

void raft_output_clear(struct raft_output *o) {
    o->write = o->first = o->last = 0;
    o->state = o->install = false;
    o->message_count = o->said_count = o->ready_count = 0;
}

void raft_say(struct raft *r, bool is_fact, const int64_t *values, size_t count) {
    struct raft_output *o = r->out;
    o->said = array_room(o->memory, o->said, &o->said_capacity, o->said_count, sizeof *o->said);
    struct raft_said *s = &o->said[o->said_count++];
    assert(count >= 1 && count <= 9);
    s->is_fact = is_fact;
    s->what = (uint32_t)values[0];
    s->count = (uint32_t)count - 1;
    for (size_t i = 1; i < count; i++) s->values[i - 1] = values[i];
}

static void put_message(struct raft *r, const struct raft_message *m) {
    struct raft_output *o = r->out;
    o->messages =
        array_room(o->memory, o->messages, &o->message_capacity, o->message_count, sizeof *m);
    o->messages[o->message_count++] = *m;
    if (m->type == RAFT_VOTE_REPLY && m->ok) fact(r, RAFT_FACT_VOTED, r->group, m->term, m->peer);
}

void post(struct raft *r, struct raft_message m) {
    if (m.term == 0) m.term = r->term;
    put_message(r, &m);
}

void post_after(struct raft *r, int64_t write, struct raft_message m) {
    if (write <= r->durable) {
        post(r, m);
        return;
    }
    if (m.term == 0) m.term = r->term;
    r->held = ring_room(r->memory, r->held, &r->held_capacity, &r->held_first, r->held_count,
                        sizeof *r->held);
    const size_t last = (r->held_first + r->held_count) % r->held_capacity;
    r->held[last] = (struct raft_held){write, m};
    if (r->held_count++ >
        0) { /* the line goes in order, so none waits for less than those before */
        const struct raft_held *before = &r->held[(last + r->held_capacity - 1) % r->held_capacity];
        if (before->write > write) r->held[last].write = before->write;
    }
}

void raft_durable(struct raft *r, const struct raft_moment *m, int64_t write) {
    enter(r, m);
    if (write > r->durable) r->durable = write;
    while (r->held_count > 0 && r->held[r->held_first].write <= r->durable) {
        put_message(r, &r->held[r->held_first].message);
        r->held_first = (r->held_first + 1) % r->held_capacity;
        r->held_count--;
    }
    const int64_t before = r->stable;
    while (r->stable < r->last && log_at(r, r->stable + 1)->write <= r->durable) r->stable++;
    if (r->role == RAFT_CANDIDATE) own_vote_durable(r);
    if (r->role == RAFT_LEADER && r->stable > before) commit_by_majority(r);
}

int64_t write_state(struct raft *r) {
    r->out->state = true;
    return r->out->write = r->state_write = ++r->writes;
}

/* ---- roles ---- */

void enter(struct raft *r, const struct raft_moment *m) {
    r->now_ns = m->now_ns;
    r->random = m->random;
}

void draw_timeout(struct raft *r) {
    const int64_t spread = r->set->election_max_ns - r->set->election_min_ns + 1;
    r->timeout_ns = r->set->election_min_ns + draw_below(r->random, spread);
}

void become_follower(struct raft *r, int64_t term, sim_node leader) {
    assert(term >= r->term);
    if (r->role == RAFT_LEADER) {
        fact(r, RAFT_FACT_STEPPED_DOWN, r->group, r->term);
        reads_fail(r);
        r->transfer_to = RAFT_NOBODY;
    }
    if (r->role != RAFT_FOLLOWER) {
        r->heard_ns = r->now_ns;
        draw_timeout(r);
    }
    r->role = RAFT_FOLLOWER;
    if (term > r->term) {
        reads_fail(r);
        r->term = term;
        r->vote = RAFT_NOBODY;
        write_state(r);
    }
    if (leader != RAFT_NOBODY && leader != r->leader) note(r, RAFT_NOTE_FOLLOWS, leader, r->term);
    if (r->leader != leader) reads_fail(r);
    r->leader = leader;
}

/* ---- starting ---- */

void raft_restore_members(struct raft *r, const struct raft_configuration *c) {
    log_reset(r, 0, 0, 0, c);
}

void raft_restore_state(struct raft *r, int64_t term, sim_node vote) {
    r->term = term;
    r->vote = vote;
}

/* A log is written anew behind its new base, and a crash may leave but the beginning of that. So an
 * entry that is there already goes only if another one takes its place: two with one index and term
 * are the same (Log Matching). */
void raft_restore_base(struct raft *r, int64_t index, int64_t term, uint64_t hash) {
    if (index >= r->base && index <= r->last && raft_term_at(r, index) == term)
        log_drop_before(r, index);
    else
        log_reset(r, index, term, hash, NULL);
}

bool raft_restore_entry(struct raft *r, int64_t index, const struct raft_entry *e) {
    if (index <= r->base || index > r->last + 1) return false;
    if (raft_term_at(r, index) == e->term) return true;
    if (index <= r->last) log_truncate(r, index);
    log_append(r, e->term, e->kind, (struct sim_bytes){e->data, e->size}, e->weight);
    r->stable = r->last;
    return true;
}

/* It remembers neither whom it had heard from nor when: a promise not to elect another leader for a
 * while, on which leases rely, may still hold. So it counts as having heard one now. */
void raft_start(struct raft *r, const struct raft_moment *m) {
    enter(r, m);
    r->heard_ns = r->led_ns = r->now_ns;
    draw_timeout(r);
}

/* ---- time ---- */

int64_t raft_deadline(const struct raft *r) {
    if (r->role != RAFT_LEADER)
        return stands(r) || r->leader != RAFT_NOBODY ? r->heard_ns + r->timeout_ns : INT64_MAX;
    return r->transfer_to != RAFT_NOBODY && r->transfer_until_ns < r->heartbeat_ns
               ? r->transfer_until_ns
               : r->heartbeat_ns;
}

/* A leader whom nobody answers need not keep what its clients have long given up. */
enum { READ_TIMEOUTS = 10 };

static void leader_time(struct raft *r) {
    const int64_t silent_ns = r->now_ns - majority_acked_ns(r);
    if (r->set->check_quorum && silent_ns > r->set->election_max_ns) {
        note(r, RAFT_NOTE_NO_QUORUM, silent_ns, r->term);
        become_follower(r, r->term, RAFT_NOBODY);
        return;
    }
    if (r->transfer_to != RAFT_NOBODY && r->now_ns >= r->transfer_until_ns) transfer_end(r);
    reads_expire(r, READ_TIMEOUTS * r->set->election_max_ns);
    if (r->now_ns >= r->heartbeat_ns) broadcast_heartbeat(r);
}

void raft_time(struct raft *r, const struct raft_moment *m) {
    enter(r, m);
    if (r->now_ns < raft_deadline(r)) return;
    if (r->role == RAFT_LEADER) {
        leader_time(r);
        return;
    }
    if (!stands(r)) { /* a learner, or one that was removed: nobody is to be sent there by it */
        note(r, RAFT_NOTE_FORGETS, r->leader, r->now_ns - r->heard_ns);
        become_follower(r, r->term, RAFT_NOBODY);
        return;
    }
    note(r, RAFT_NOTE_TIMEOUT, r->now_ns - r->heard_ns);
    r->leader = RAFT_NOBODY;
    if (r->set->pre_vote)
        pre_campaign(r);
    else
        campaign(r, false);
}

const char *raft_campaign(struct raft *r, const struct raft_moment *m) {
    enter(r, m);
    if (r->role == RAFT_LEADER) return "it leads already";
    if (!stands(r)) return "it is no voter";
    if (r->set->lease && leader_alive(r)) return "it has promised a leader to wait";
    campaign(r, false);
    return NULL;
}

/* ---- messages ---- */

static bool asks_for_vote(enum raft_type type) {
    return type == RAFT_VOTE || type == RAFT_PRE_VOTE;
}
static bool leads(enum raft_type type) { return type == RAFT_APPEND || type == RAFT_SNAPSHOT; }

/* A deposed leader, or a candidate that has missed an election, is told the term. */
static void refuse_stale(struct raft *r, const struct raft_message *m) {
    if (!asks_for_vote(m->type) && !leads(m->type)) return;
    note(r, RAFT_NOTE_STALE_TERM, m->peer, m->term, r->term);
    const enum raft_type answer = m->type == RAFT_APPEND     ? RAFT_APPEND_REPLY
                                  : m->type == RAFT_SNAPSHOT ? RAFT_SNAPSHOT_REPLY
                                  : m->type == RAFT_VOTE     ? RAFT_VOTE_REPLY
                                                             : RAFT_PRE_VOTE_REPLY;
    post_after(r, r->state_write, (struct raft_message){.type = answer, .peer = m->peer});
}

/* "If a server receives a RequestVote request within the minimum election timeout of hearing from a
 * current leader, it does not update its term or grant its vote" (thesis 4.2.3), so that a server
 * that was removed, or was cut off, disturbs nobody; and leases count on it. A transfer is wanted.
 */
static bool disturbs(struct raft *r, const struct raft_message *m) {
    if (!asks_for_vote(m->type) || m->ok) return false;
    if (!leader_alive(r) && !(m->type == RAFT_PRE_VOTE && hears_leader(r))) return false;
    note(r, RAFT_NOTE_LEADER_ALIVE, m->peer, m->term, r->leader);
    return true;
}

static void meet_higher_term(struct raft *r, const struct raft_message *m) {
    /* A pre-vote's term is that of an election that may never be. */
    if (m->type == RAFT_PRE_VOTE || (m->type == RAFT_PRE_VOTE_REPLY && m->ok)) return;
    note(r, RAFT_NOTE_TERM_HIGHER, m->peer, m->term, r->term);
    become_follower(r, m->term, leads(m->type) ? m->peer : RAFT_NOBODY);
}

static void on_timeout_now(struct raft *r) {
    if (r->role == RAFT_FOLLOWER && stands(r)) campaign(r, true);
}

void raft_receive(struct raft *r, const struct raft_moment *moment, const struct raft_message *m) {
    enter(r, moment);
    if (m->term < r->term) {
        refuse_stale(r, m);
        return;
    }
    if (disturbs(r, m)) return;
    if (m->term > r->term) meet_higher_term(r, m);
    switch (m->type) {
    case RAFT_APPEND: on_append(r, m); return;
    case RAFT_APPEND_REPLY: on_append_reply(r, m); return;
    case RAFT_VOTE:
    case RAFT_PRE_VOTE: on_vote(r, m); return;
    case RAFT_VOTE_REPLY:
    case RAFT_PRE_VOTE_REPLY: on_vote_reply(r, m); return;
    case RAFT_SNAPSHOT: on_snapshot(r, m); return;
    case RAFT_SNAPSHOT_REPLY: on_snapshot_reply(r, m); return;
    case RAFT_TIMEOUT_NOW: on_timeout_now(r); return;
    case RAFT_READ: on_read(r, m); return;
    case RAFT_READ_REPLY: on_read_reply(r, m); return;
    case RAFT_TYPES: return;
    }
}
