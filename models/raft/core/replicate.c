/*
 * What each follower is sent: paper 5.3, from the leader's side.
 *
 * The leader does not know what a follower has. It begins at the end of its own log and goes back
 * until the two agree: by one entry a reply (next = max(1, next - 1)), or with the follower's hint
 * by a whole term. From there on the follower gets a stream of AppendEntries, each sent before the
 * one before is answered, as many as `pipeline` allows (thesis 10.2.2); what was proposed meanwhile
 * goes together in the next. A loss shows as a mismatch, and the search begins again at what is
 * known to match.
 *
 * The flow of each follower (probe, replicate, snapshot) is etcd's: raft/tracker/progress.go.
 *
 * Whether one has caught up is told by rounds (thesis 4.2.1): each brings the follower all that the
 * log had when it began, and "if the last round lasts less than an election timeout", it keeps up.
 */
#include "raft/core/internal.h"

struct raft_progress *progress_of(const struct raft *r, sim_node node) {
    for (size_t i = 0; i < r->progress_count; i++)
        if (r->progress[i].node == node) return &r->progress[i];
    return NULL;
}

static void forget_in_flight(struct raft_progress *p) {
    p->in_flight_first = p->in_flight_count = 0;
}

static void begin_flow(const struct raft *r, struct raft_progress *p, enum raft_flow flow) {
    p->flow = flow;
    p->since_ns = r->now_ns;
}

void progress_probe(struct raft *r, struct raft_progress *p) {
    if (p->flow == RAFT_REPLICATE) p->next = p->match + 1;
    begin_flow(r, p, RAFT_PROBE);
    p->waits = false;
    forget_in_flight(p);
}

/* ---- rounds ---- */

static void begin_round(const struct raft *r, struct raft_progress *p) {
    p->round_last = r->last;
    p->round_ns = r->now_ns;
}

void begin_rounds(const struct raft *r, struct raft_progress *p) {
    p->keeps_up = false;
    begin_round(r, p);
}

static void round_look(const struct raft *r, struct raft_progress *p) {
    if (p->match < p->round_last) return;
    p->keeps_up = r->now_ns - p->round_ns < r->set->election_max_ns;
    if (p->keeps_up && p->match >= p->snapshot) p->snapshot = 0;
    begin_round(r, p);
}

bool raft_caught_up(const struct raft *r, int64_t now_ns, sim_node node) {
    const struct raft_progress *p = progress_of(r, node);
    return r->role == RAFT_LEADER && p && p->keeps_up &&
           now_ns - p->round_ns < r->set->election_max_ns;
}

/* ---- who is sent anything ---- */

static void progress_add(struct raft *r, sim_node node) {
    if (node == r->self || progress_of(r, node)) return;
    r->progress = array_room(r->memory, r->progress, &r->progress_capacity, r->progress_count,
                             sizeof *r->progress);
    r->progress[r->progress_count++] = (struct raft_progress){
        .node = node,
        .next = r->last + 1,
        .acked_ns = r->now_ns,
        .heard_ns = r->now_ns,
        .since_ns = r->now_ns,
        .in_flight = memory_take(r->memory, (size_t)r->set->pipeline * sizeof(int64_t))};
    begin_rounds(r, &r->progress[r->progress_count - 1]);
}

static void progress_drop(struct raft *r, size_t i) {
    memory_give(r->memory, r->progress[i].in_flight, (size_t)r->set->pipeline * sizeof(int64_t));
    memmove(&r->progress[i], &r->progress[i + 1], (--r->progress_count - i) * sizeof *r->progress);
}

void progress_sync(struct raft *r) {
    const struct raft_configuration *c = raft_configuration_of(r);
    const struct raft_set *const sets[] = {&c->voters, &c->outgoing, &c->learners};
    for (size_t i = r->progress_count; i-- > 0;)
        if (!raft_is_member(c, r->progress[i].node)) progress_drop(r, i);
    for (size_t s = 0; s < 3; s++)
        for (uint32_t i = 0; i < sets[s]->count; i++) progress_add(r, sets[s]->nodes[i]);
}

/* ---- sending ---- */

static int64_t batch_at(const struct raft *r, int64_t next) {
    int64_t count = 0, bytes = 0;
    for (; next + count <= r->last && count < r->set->batch_entries; count++) {
        const struct raft_entry *e = log_at(r, next + count);
        bytes += (int64_t)e->size + e->weight;
        if (count > 0 && bytes > r->set->batch_bytes) break;
    }
    return count;
}

/* The entries from `next` on, `count` of them. Their weight is added when they are written. */
static void send_append(struct raft *r, struct raft_progress *p, int64_t next, int64_t count) {
    int64_t weight = 0;
    for (int64_t i = 0; i < count; i++) weight += log_at(r, next + i)->weight;
    post(r, (struct raft_message){.type = RAFT_APPEND,
                                  .peer = p->node,
                                  .index = next - 1,
                                  .log_term = raft_term_at(r, next - 1),
                                  .commit = r->commit,
                                  .stamp = r->now_ns,
                                  .count = count,
                                  .weight = weight});
}

static void stream_entries(struct raft *r, struct raft_progress *p) {
    while (p->next <= r->last && p->in_flight_count < r->set->pipeline) {
        const int64_t count = batch_at(r, p->next);
        send_append(r, p, p->next, count);
        p->next += count;
        p->in_flight[(p->in_flight_first + p->in_flight_count++) % r->set->pipeline] = p->next - 1;
    }
}

/* However long its answers are under way: over a long link what it acknowledges is always old. */
static bool answers(const struct raft *r, const struct raft_progress *p) {
    return r->now_ns - p->heard_ns < r->set->election_max_ns;
}

void replicate(struct raft *r, struct raft_progress *p) {
    if (p->flow == RAFT_SENDING_SNAPSHOT) return;
    if (p->next <= r->base) { /* a whole snapshot is only for who answers */
        if (answers(r, p)) send_snapshot(r, p);
    } else if (p->flow == RAFT_REPLICATE) {
        stream_entries(r, p);
    } else if (!p->waits) {
        p->waits = true;
        send_append(r, p, p->next, batch_at(r, p->next));
    }
}

void raft_flush(struct raft *r, const struct raft_moment *m) {
    enter(r, m);
    if (r->role != RAFT_LEADER || !r->unsent) return;
    r->unsent = false;
    for (size_t i = 0; i < r->progress_count; i++) replicate(r, &r->progress[i]);
}

/* Who is sent a snapshot, and is silent for so many election timeouts, is dead or far from it. */
enum { SNAPSHOT_TIMEOUTS = 20 };

/* For nobody who does not answer is a snapshot kept, or the log after it. */
static void give_up_snapshot(struct raft *r, struct raft_progress *p) {
    if (p->snapshot == 0 || r->now_ns - p->heard_ns <= SNAPSHOT_TIMEOUTS * r->set->election_max_ns)
        return;
    if (p->flow == RAFT_SENDING_SNAPSHOT) progress_probe(r, p);
    p->snapshot = 0;
}

/* An AppendEntries without entries, also where one with entries is under way: it may be lost, and a
 * dead host should not be sent the same entries again and again. Who must have a snapshot cannot
 * match; but its answer says that it follows. */
static void heartbeat(struct raft *r, struct raft_progress *p) {
    give_up_snapshot(r, p);
    const bool fits = p->flow != RAFT_SENDING_SNAPSHOT && p->next > r->base;
    send_append(r, p, fits ? p->next : r->last + 1, 0);
    if (p->flow == RAFT_PROBE && p->next <= r->base && answers(r, p)) send_snapshot(r, p);
    const bool lost = p->acked_ns > p->chunk_ns; /* what was sent behind it has been answered */
    if (p->flow == RAFT_SENDING_SNAPSHOT && lost &&
        r->now_ns - p->chunk_ns > r->set->election_max_ns)
        send_chunk(r, p);
}

void broadcast_heartbeat(struct raft *r) {
    r->heartbeat_ns = r->now_ns + r->set->heartbeat_ns;
    r->asked_ns = r->now_ns;
    for (size_t i = 0; i < r->progress_count; i++) heartbeat(r, &r->progress[i]);
}

/* ---- leading ---- */

static int64_t leader_append(struct raft *r, enum raft_kind kind, struct sim_bytes data,
                             int64_t weight) {
    r->out->write = ++r->writes;
    const int64_t index = log_append(r, r->term, kind, data, weight);
    if (r->out->first == 0) r->out->first = index;
    r->out->last = index;
    r->unsent = true;
    fact(r, RAFT_FACT_APPENDED, r->group, index, r->term, (int64_t)raft_hash_at(r, index));
    return index;
}

/* A no-op at once: entries of earlier terms are committed only under one of this term (paper 5.4.2,
 * 8), and reads need to know what is committed. */
void become_leader(struct raft *r) {
    fact(r, RAFT_FACT_LEADER, r->group, r->term, r->last, raft_last_term(r));
    note(r, RAFT_NOTE_LEADS, raft_configuration_of(r)->voters.count, r->term, r->last + 1);
    r->role = RAFT_LEADER;
    r->leader = r->self;
    while (r->progress_count > 0) progress_drop(r, r->progress_count - 1);
    progress_sync(r);
    r->term_first = leader_append(r, RAFT_NOOP, (struct sim_bytes){NULL, 0}, 0);
    r->transfer_to = RAFT_NOBODY;
    r->may_be_challenged = false;
    r->unsent = false; /* the no-op goes with the probes that follow */
    r->heartbeat_ns = r->now_ns + r->set->heartbeat_ns;
    r->asked_ns = r->now_ns;
    for (size_t i = 0; i < r->progress_count; i++) replicate(r, &r->progress[i]);
    commit_by_majority(r);
}

int64_t raft_propose(struct raft *r, const struct raft_moment *m, struct sim_bytes data,
                     int64_t weight) {
    enter(r, m);
    if (r->role != RAFT_LEADER || r->transfer_to != RAFT_NOBODY) return 0;
    return leader_append(r, RAFT_COMMAND, data, weight);
}

int64_t append_configuration(struct raft *r, const struct raft_configuration *c) {
    uint8_t bytes[3 + 3 * 4 * RAFT_SET_MAX];
    struct writer w = writer_over(bytes, sizeof bytes);
    raft_configuration_write(c, &w);
    const int64_t index =
        leader_append(r, RAFT_CONFIGURATION, (struct sim_bytes){bytes, w.size}, 0);
    progress_sync(r);
    return index;
}

/* ---- what comes back ---- */

void acknowledged(const struct raft *r, struct raft_progress *p, int64_t stamp) {
    if (stamp > p->acked_ns) p->acked_ns = stamp;
    p->heard_ns = r->now_ns;
}

/* "The follower can include the term of the conflicting entry and the first index it stores for
 * that term" (paper 5.3): if the leader has that term, it goes on after its own last entry of it,
 * else at the follower's first. */
static int64_t next_by_hint(const struct raft *r, const struct raft_message *m) {
    if (m->log_term == 0) return m->commit;
    int64_t i = m->index;
    if (i > r->last) i = r->last;
    while (i > r->base && raft_term_at(r, i) > m->log_term) i--;
    return raft_term_at(r, i) == m->log_term ? i + 1 : m->commit;
}

static void on_mismatch(struct raft *r, struct raft_progress *p, const struct raft_message *m) {
    if (p->flow == RAFT_SENDING_SNAPSHOT || m->stamp < p->since_ns) return;
    if (p->flow == RAFT_REPLICATE) {
        if (m->index <= p->match) return; /* of an AppendEntries from before */
        progress_probe(r, p);
    } else {
        if (m->index != p->next - 1) return;
        const int64_t next = r->set->hint ? next_by_hint(r, m) : p->next - 1;
        if (!has_bug(r, RAFT_BUG_NEXT_NEVER_BACKS_OFF) && next < p->next) p->next = next;
        if (p->next <= p->match) p->next = p->match + 1; /* match is 0 at least: max(1, next - 1) */
        p->waits = has_bug(r, RAFT_BUG_NEXT_NEVER_BACKS_OFF); /* until the next heartbeat */
    }
    note(r, RAFT_NOTE_BACK_OFF, p->node, m->index, raft_term_at(r, m->index), p->next);
    replicate(r, p);
}

/* A commit may bring a configuration into force, and so move what is known of each member. */
static struct raft_progress *commit_and_find(struct raft *r, sim_node node) {
    commit_by_majority(r);
    return r->role == RAFT_LEADER ? progress_of(r, node) : NULL;
}

/* Where messages overtake each other, each of many late answers would otherwise begin a flow of its
 * own. */
static void on_match(struct raft *r, struct raft_progress *p, const struct raft_message *m) {
    const int64_t match = m->index;
    if (p->flow == RAFT_PROBE && m->stamp >= p->since_ns) {
        begin_flow(r, p, RAFT_REPLICATE);
        p->waits = false;
        p->next = match + 1;
        forget_in_flight(p);
    }
    if (match > p->match) {
        p->match = match;
        if (p->next <= match) p->next = match + 1;
        p = commit_and_find(r, p->node);
        if (!p) return; /* it is no member any more, or this one leads no more */
    }
    round_look(r, p);
    while (p->in_flight_count > 0 && p->in_flight[p->in_flight_first] <= p->match) {
        p->in_flight_first = (p->in_flight_first + 1) % r->set->pipeline;
        p->in_flight_count--;
    }
    if (p->flow == RAFT_SENDING_SNAPSHOT && p->match >= p->snapshot) progress_probe(r, p);
    replicate(r, p);
}

void on_append_reply(struct raft *r, const struct raft_message *m) {
    struct raft_progress *p = progress_of(r, m->peer);
    if (r->role != RAFT_LEADER || !p) return;
    acknowledged(r, p, m->stamp);
    if (m->ok)
        on_match(r, p, m);
    else
        on_mismatch(r, p, m);
    if (r->role != RAFT_LEADER) return; /* it has committed a configuration without itself */
    if (r->read_count > 0) reads_look(r);
    if (r->transfer_to == m->peer) transfer_look(r);
}

void raft_unreachable(struct raft *r, const struct raft_moment *m, sim_node node) {
    enter(r, m);
    struct raft_progress *p = progress_of(r, node);
    if (r->role == RAFT_LEADER && p) progress_probe(r, p);
    if (r->role == RAFT_FOLLOWER && r->leader == node) reads_fail(r);
}
