/* For people and for hashes: names, one line of a message, and all of the state in canonical bytes.
 */
#include "parts/record.h"
#include "raft/core/internal.h"

const char *raft_role_name(enum raft_role role) {
    static const char *const names[] = {[RAFT_FOLLOWER] = "follower",
                                        [RAFT_PRE_CANDIDATE] = "pre-candidate",
                                        [RAFT_CANDIDATE] = "candidate",
                                        [RAFT_LEADER] = "leader"};
    return names[role];
}

const char *raft_flow_name(enum raft_flow flow) {
    static const char *const names[] = {[RAFT_PROBE] = "probe",
                                        [RAFT_REPLICATE] = "replicate",
                                        [RAFT_SENDING_SNAPSHOT] = "snapshot"};
    return names[flow];
}

static void describe_reply(const struct raft_message *m, struct text *text) {
    if (m->type == RAFT_APPEND_REPLY && m->ok)
        text_add(text, "term %lld, has it up to %lld", (long long)m->term, (long long)m->index);
    else if (m->type == RAFT_APPEND_REPLY)
        text_add(text, "term %lld, no: differs at %lld, term %lld there begins at %lld",
                 (long long)m->term, (long long)m->index, (long long)m->log_term,
                 (long long)m->commit);
    else if (m->type == RAFT_SNAPSHOT_REPLY && !m->ok)
        text_add(text, "term %lld, snapshot %lld: wants byte %lld", (long long)m->term,
                 (long long)m->index, (long long)m->offset);
    else
        text_add(text, "term %lld, %s", (long long)m->term, m->ok ? "yes" : "no");
}

void raft_message_describe(const struct raft_message *m, struct text *text) {
    const long long term = (long long)m->term, index = (long long)m->index,
                    log_term = (long long)m->log_term;
    switch (m->type) {
    case RAFT_APPEND:
        text_add(text, "term %lld, after %lld^%lld: %lld entries, commit %lld", term, index,
                 log_term, (long long)m->count, (long long)m->commit);
        return;
    case RAFT_VOTE:
    case RAFT_PRE_VOTE:
        text_add(text, "term %lld, log %lld^%lld%s", term, index, log_term,
                 m->ok ? ", the leader wants it" : "");
        return;
    case RAFT_SNAPSHOT:
        text_add(text, "term %lld, snapshot %lld^%lld, from byte %lld of %lld", term, index,
                 log_term, (long long)m->offset, (long long)m->total);
        return;
    case RAFT_TIMEOUT_NOW: text_add(text, "term %lld: stand at once", term); return;
    case RAFT_READ: text_add(text, "term %lld, where to read?", term); return;
    case RAFT_READ_REPLY:
        text_add(text, m->ok ? "term %lld, read at %lld" : "term %lld, no", term, index);
        return;
    case RAFT_APPEND_REPLY:
    case RAFT_VOTE_REPLY:
    case RAFT_PRE_VOTE_REPLY:
    case RAFT_SNAPSHOT_REPLY: describe_reply(m, text); return;
    case RAFT_TYPES: return;
    }
}

/* ---- for hashes ---- */

static void encode_configurations(const struct raft *r, struct writer *w) {
    put_u64(w, r->configuration_count);
    for (size_t i = 0; i < r->configuration_count; i++) {
        put_i64(w, r->configurations[i].index);
        raft_configuration_write(&r->configurations[i].is, w);
    }
}

/* Entries are in the hash of the last; but not when they will be durable. */
static void encode_log(const struct raft *r, struct writer *w) {
    put_i64(w, r->base);
    put_i64(w, r->base_term);
    put_i64(w, r->last);
    put_i64(w, r->stable);
    put_u64(w, raft_hash_at(r, r->last));
    for (int64_t i = r->stable + 1; i <= r->last; i++) put_i64(w, log_at(r, i)->write);
    encode_configurations(r, w);
}

static void encode_held(const struct raft *r, struct writer *w) {
    put_u64(w, r->held_count);
    for (size_t i = 0; i < r->held_count; i++) {
        const struct raft_held *h = &r->held[(r->held_first + i) % r->held_capacity];
        const struct raft_message *m = &h->message;
        put_i64(w, h->write);
        put_u8(w, (uint8_t)m->type);
        put_u32(w, m->peer);
        put_i64(w, m->term);
        put_i64(w, m->index);
        put_i64(w, m->log_term);
        put_i64(w, m->commit);
        put_i64(w, m->stamp);
        put_i64(w, m->offset);
        put_bool(w, m->ok);
    }
}

static void encode_progress(const struct raft *r, const struct raft_progress *p, struct writer *w) {
    put_u32(w, p->node);
    put_u8(w, (uint8_t)p->flow);
    put_bool(w, p->waits);
    put_bool(w, p->keeps_up);
    put_i64(w, p->since_ns);
    put_i64(w, p->next);
    put_i64(w, p->match);
    put_i64(w, p->acked_ns);
    put_i64(w, p->heard_ns);
    put_i64(w, p->offset);
    put_i64(w, p->chunk_ns);
    put_i64(w, p->snapshot);
    put_bool(w, p->anew);
    put_i64(w, p->round_last);
    put_i64(w, p->round_ns);
    put_i64(w, p->in_flight_count);
    for (int64_t i = 0; i < p->in_flight_count; i++)
        put_i64(w, p->in_flight[(p->in_flight_first + i) % r->set->pipeline]);
}

static void encode_leader(const struct raft *r, struct writer *w) {
    put_i64(w, r->term_first);
    put_i64(w, r->heartbeat_ns);
    put_bool(w, r->unsent);
    put_u32(w, r->transfer_to);
    put_i64(w, r->transfer_until_ns);
    put_bool(w, r->transfer_told);
    put_bool(w, r->may_be_challenged);
    put_i64(w, r->asked_ns);
    put_u64(w, r->progress_count);
    for (size_t i = 0; i < r->progress_count; i++) encode_progress(r, &r->progress[i], w);
}

static void encode_reads(const struct raft *r, struct writer *w) {
    put_u64(w, r->read_count);
    for (size_t i = 0; i < r->read_count; i++) {
        put_i64(w, r->reads[i].number);
        put_i64(w, r->reads[i].at_ns);
        put_i64(w, r->reads[i].index);
        put_u32(w, r->reads[i].from);
    }
}

static void encode_snapshot(const struct raft_snapshot *s, size_t size, struct writer *w) {
    put_i64(w, s->index);
    put_i64(w, s->term);
    put_u64(w, s->hash);
    raft_configuration_write(&s->configuration, w);
    put_u64(w, s->size);
    put_i64(w, s->weight);
    put_u64(w, size);
    put_u64(w, record_hash(0, s->bytes, size));
}

void raft_encode(const struct raft *r, struct writer *w) {
    put_i64(w, r->group);
    put_u8(w, (uint8_t)r->role);
    put_i64(w, r->term);
    put_u32(w, r->vote);
    put_u32(w, r->leader);
    put_i64(w, r->commit);
    encode_log(r, w);
    put_i64(w, r->writes);
    put_i64(w, r->durable);
    put_i64(w, r->state_write);
    encode_held(r, w);
    put_i64(w, r->heard_ns);
    put_i64(w, r->led_ns);
    put_i64(w, r->timeout_ns);
    put_i64(w, r->vote_write);
    put_u32(w, r->granted.count);
    for (uint32_t i = 0; i < r->granted.count; i++) put_u32(w, r->granted.nodes[i]);
    put_bool(w, r->sought_by_leader);
    encode_reads(r, w);
    encode_snapshot(&r->snapshot, r->snapshot.size, w);
    encode_snapshot(&r->incoming, (size_t)r->incoming_size, w);
    put_i64(w, r->incoming_stamp);
    put_i64(w, r->incoming_term);
    put_bool(w, r->installing);
    put_i64(w, r->elections);
    if (r->role == RAFT_LEADER) encode_leader(r, w);
}
