/*
 * Snapshots: paper 7, figure 13.
 *
 * A snapshot replaces the log up to its index. A follower that needs entries that are no longer
 * there is sent it, a chunk at a time: the next one when the last has been acknowledged, so that a
 * large one leaves room for heartbeats. When it is whole, the follower makes it durable, and then
 * forgets what it replaces: if its log has an entry with the snapshot's last index and term, what
 * follows that stays, else all of it goes (figure 13, steps 6 and 7).
 *
 * While a snapshot is being sent no newer one takes its place, and what the log has after it stays
 * until the follower has caught up with that, unless a newer snapshot would be less to send. Else a
 * group that writes more than `trailing` entries in that time would begin anew for ever. As it is,
 * whoever can be sent more in a second than is written in one gets there. Where the stream is lost
 * under way, the follower says how much of the snapshot it has, and is sent the rest. If it has
 * nothing any more, a newer one that is less to send than that log takes its place: who crashes
 * again and again must not make the leader keep its log for ever.
 */
#include "base/wide.h"
#include "raft/core/internal.h"

/* Of the log, behind the snapshot that it is sent; where that does not reach back to it any more,
 * all. */
static bool lacks_less_than(const struct raft *r, const struct raft_progress *p, int64_t bytes) {
    const int64_t has = p->match > p->snapshot ? p->match : p->snapshot;
    if (has < r->base) return false;
    for (int64_t i = has + 1; i <= r->last && bytes > 0; i++)
        bytes -= (int64_t)log_at(r, i)->size + log_at(r, i)->weight;
    return bytes > 0;
}

/* The log's entries up to `base` may go; those that somebody needs after a snapshot stay, if they
 * are fewer bytes than the one that is there now. SIM_NONE: the snapshot itself is being sent. */
static int64_t may_go(const struct raft *r, int64_t base, int64_t bytes) {
    for (size_t i = 0; r->role == RAFT_LEADER && i < r->progress_count; i++) {
        const struct raft_progress *p = &r->progress[i];
        if (p->snapshot == 0) continue;
        const bool sent = p->match < p->snapshot, less = lacks_less_than(r, p, bytes);
        if (sent && (less || !p->anew)) return SIM_NONE;
        if (!sent && less && p->match < base) base = p->match;
    }
    return base;
}

/* Another snapshot takes its place: who is sent the old one begins with that. */
static void end_sending(struct raft *r) {
    for (size_t i = 0; i < r->progress_count; i++) {
        struct raft_progress *p = &r->progress[i];
        if (p->match >= p->snapshot) continue;
        if (p->flow == RAFT_SENDING_SNAPSHOT) progress_probe(r, p);
        p->snapshot = 0;
    }
}

bool raft_compact(struct raft *r, int64_t index, struct sim_bytes bytes, int64_t weight,
                  int64_t trailing) {
    assert(index > r->snapshot.index && index <= r->commit && index >= r->base);
    const int64_t base = may_go(r, index - trailing, (int64_t)bytes.size + weight);
    if (base == SIM_NONE) return false;
    end_sending(r);
    struct raft_snapshot *s = &r->snapshot;
    memory_give(r->memory, s->bytes, s->size);
    *s = (struct raft_snapshot){.index = index,
                                .term = raft_term_at(r, index),
                                .hash = raft_hash_at(r, index),
                                .configuration = *raft_configuration_at(r, index),
                                .bytes = memory_take(r->memory, bytes.size),
                                .size = bytes.size,
                                .weight = weight};
    if (bytes.size > 0) memcpy(s->bytes, bytes.data, bytes.size);
    if (base > r->base) log_drop_before(r, base);
    note(r, RAFT_NOTE_COMPACTED, index, r->base + 1);
    return true;
}

/* ---- sending ---- */

void send_chunk(struct raft *r, struct raft_progress *p) {
    const struct raft_snapshot *s = &r->snapshot;
    /* So many of the real bytes that what they stand for is a chunk. */
    const int64_t whole = (int64_t)s->size + s->weight;
    int64_t size = whole > 0 ? mul_div(r->set->chunk_bytes, (int64_t)s->size, whole) : 0;
    if (size < 1) size = 1;
    if (size > (int64_t)s->size - p->offset) size = (int64_t)s->size - p->offset;
    assert(size >= 0);
    p->chunk_ns = r->now_ns;
    post(r,
         (struct raft_message){.type = RAFT_SNAPSHOT,
                               .peer = p->node,
                               .index = s->index,
                               .log_term = s->term,
                               .stamp = r->now_ns,
                               .offset = p->offset,
                               .total = (int64_t)s->size,
                               .hash = s->hash,
                               .count = size,
                               .weight = s->size ? mul_div(s->weight, size, (int64_t)s->size) : 0});
}

void send_snapshot(struct raft *r, struct raft_progress *p) {
    assert(r->snapshot.index >= r->base && r->snapshot.index > 0);
    note(r, RAFT_NOTE_SEND_SNAPSHOT, p->node, p->next, r->base + 1, r->snapshot.index);
    p->flow = RAFT_SENDING_SNAPSHOT;
    if (p->snapshot != r->snapshot.index) {
        p->snapshot = r->snapshot.index;
        p->offset = 0;
        p->anew = false;
    } else if (p->offset == 0) { /* else it goes on */
        p->anew = true;
    }
    send_chunk(r, p);
}

void on_snapshot_reply(struct raft *r, const struct raft_message *m) {
    struct raft_progress *p = progress_of(r, m->peer);
    if (r->role != RAFT_LEADER || !p) return;
    acknowledged(r, p, m->stamp);
    if (p->flow != RAFT_SENDING_SNAPSHOT || m->index != p->snapshot) return;
    if (m->ok) { /* it is durable there */
        if (m->index > p->match) p->match = m->index;
        progress_probe(r, p);
        p->next = p->match + 1;
        begin_rounds(r, p);
        replicate(r, p);
        commit_by_majority(r);
    } else if (m->offset <= (int64_t)r->snapshot.size && m->offset != p->offset &&
               m->stamp >= p->chunk_ns) { /* not of a chunk before, which comes late or twice */
        if (m->offset == 0) p->anew = true;
        p->offset = m->offset;
        if (m->offset < (int64_t)r->snapshot.size) send_chunk(r, p);
    }
    if (r->role == RAFT_LEADER && r->read_count > 0) reads_look(r);
}

/* ---- receiving ---- */

void snapshot_forget_incoming(struct raft *r) {
    memory_give(r->memory, r->incoming.bytes, r->incoming.size);
    r->incoming = (struct raft_snapshot){0};
    r->incoming_size = 0;
}

static void reply(struct raft *r, const struct raft_message *m, bool ok, int64_t offset) {
    post_after(r, r->state_write,
               (struct raft_message){.type = RAFT_SNAPSHOT_REPLY,
                                     .peer = m->peer,
                                     .index = m->index,
                                     .stamp = m->stamp,
                                     .offset = offset,
                                     .ok = ok});
}

enum { SNAPSHOT_BYTES_MAX = 1 << 30 }; /* a message that speaks of more is corrupt */

static void begin_incoming(struct raft *r, const struct raft_message *m,
                           const struct raft_configuration *c) {
    snapshot_forget_incoming(r);
    r->incoming = (struct raft_snapshot){.index = m->index,
                                         .term = m->log_term,
                                         .hash = m->hash,
                                         .configuration = *c,
                                         .bytes = memory_take(r->memory, (size_t)m->total),
                                         .size = (size_t)m->total};
    r->incoming_term = m->term;
}

/* It is what has begun to come: a leader's snapshot of an index is one. */
static bool is_incoming(const struct raft *r, const struct raft_message *m) {
    return m->index == r->incoming.index && m->term == r->incoming_term;
}

void on_snapshot(struct raft *r, const struct raft_message *m) {
    if (r->role == RAFT_LEADER) return;
    become_follower(r, m->term, m->peer);
    r->heard_ns = r->led_ns = r->now_ns;
    if (m->index <= r->commit && m->index <= r->stable) {
        reply(r, m, true, 0);
        return;
    }
    if (r->installing && is_incoming(r, m)) reply(r, m, false, r->incoming_size);
    if (r->installing) return;
    struct reader in = reader_over(m->bytes.data, m->bytes.size);
    struct raft_configuration c;
    if (!raft_configuration_read(&in, &c) || m->total > SNAPSHOT_BYTES_MAX) return;
    if (m->offset == 0 && !is_incoming(r, m)) begin_incoming(r, m, &c);
    const int64_t size = (int64_t)(in.size - in.at);
    const bool fits = is_incoming(r, m) && m->offset == r->incoming_size &&
                      (size_t)(m->offset + size) <= r->incoming.size;
    if (fits) {
        memcpy(r->incoming.bytes + m->offset, in.data + in.at, (size_t)size);
        r->incoming_size += size;
        r->incoming.weight += m->weight;
    }
    if (!fits || (size_t)r->incoming_size < r->incoming.size) {
        reply(r, m, false, is_incoming(r, m) ? r->incoming_size : 0);
        return;
    }
    note(r, RAFT_NOTE_SNAPSHOT_HERE, (int64_t)r->incoming.size, m->index, m->log_term);
    r->installing = r->out->install = true;
    r->incoming_stamp = m->stamp;
    reply(r, m, false, r->incoming_size); /* it need not be sent again while it is written */
}

/* Another leader may have come meanwhile, whose clock never showed that stamp. */
static void tell_installed(struct raft *r, int64_t index) {
    if (r->leader == RAFT_NOBODY || r->leader == r->self) return;
    post_after(r, r->state_write,
               (struct raft_message){.type = RAFT_SNAPSHOT_REPLY,
                                     .peer = r->leader,
                                     .index = index,
                                     .stamp = r->term == r->incoming_term ? r->incoming_stamp : 0,
                                     .ok = true});
}

static void begin_log_at(struct raft *r, const struct raft_snapshot *s) {
    if (s->index > r->base && s->index <= r->last && raft_term_at(r, s->index) == s->term) {
        log_drop_before(r, s->index);
    } else {
        if (r->last > s->index)
            fact(r, RAFT_FACT_TRUNCATED, r->group, s->index, r->term, r->commit);
        log_reset(r, s->index, s->term, s->hash, &s->configuration);
    }
    r->commit = s->index;
    fact(r, RAFT_FACT_INSTALLED, r->group, s->index, s->term, (int64_t)s->hash);
    note(r, RAFT_NOTE_INSTALLED, s->index, s->term, r->last - s->index);
}

/* Meanwhile it may have committed as much by other ways: then the state machine is ahead of it. */
bool raft_installed(struct raft *r, const struct raft_moment *m) {
    enter(r, m);
    struct raft_snapshot *s = &r->incoming;
    const int64_t index = s->index;
    const bool news = index > r->commit;
    assert(r->installing);
    r->installing = false;
    if (news) begin_log_at(r, s);
    if (index > r->snapshot.index) {
        end_sending(r);
        memory_give(r->memory, r->snapshot.bytes, r->snapshot.size);
        r->snapshot = *s;
        *s = (struct raft_snapshot){0};
        r->incoming_size = 0;
    } else {
        snapshot_forget_incoming(r);
    }
    tell_installed(r, index);
    return news;
}

bool raft_restore_snapshot(struct raft *r, const struct raft_snapshot *s) {
    memory_give(r->memory, r->snapshot.bytes, r->snapshot.size);
    r->snapshot = *s;
    r->snapshot.bytes = memory_take(r->memory, s->size);
    if (s->size > 0) memcpy(r->snapshot.bytes, s->bytes, s->size);
    r->commit = s->index;
    const bool agrees = s->index >= r->base && s->index <= r->last &&
                        raft_term_at(r, s->index) == s->term;
    if (!agrees) {
        log_reset(r, s->index, s->term, s->hash, &s->configuration);
        return true;
    }
    log_configuration_restore(r, s->index, &s->configuration);
    return false;
}
