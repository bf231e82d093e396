/* For people and for hashes: names, one line of a message, and all of the state in canonical bytes.
 */
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

static void encode_leader(const struct raft *r, struct writer *w) {
    put_i64(w, r->term_first);
    put_i64(w, r->heartbeat_ns);
    put_u32(w, r->transfer_to);
    put_i64(w, r->asked_ns);
    put_i64(w, r->transfer_until_ns);
    put_bool(w, r->transfer_told);
    put_bool(w, r->may_be_challenged);
    for (size_t i = 0; i < r->progress_count; i++) {
        const struct raft_progress *p = &r->progress[i];
        put_u32(w, p->node);
        put_u8(w, (uint8_t)p->flow);
        put_bool(w, p->waits);
        put_i64(w, p->since_ns);
        put_i64(w, p->chunk_ns);
        put_i64(w, p->snapshot);
        put_i64(w, p->next);
        put_i64(w, p->match);
        put_i64(w, p->acked_ns);
        put_i64(w, p->heard_ns);
        put_i64(w, p->round_last);
        put_i64(w, p->round_ns);
        put_bool(w, p->keeps_up);
        put_i64(w, p->in_flight_count);
        put_i64(w, p->offset);
    }
}

void raft_encode(const struct raft *r, struct writer *w) {
    put_i64(w, r->group);
    put_u8(w, (uint8_t)r->role);
    put_i64(w, r->term);
    put_u32(w, r->vote);
    put_u32(w, r->leader);
    put_i64(w, r->commit);
    put_i64(w, r->base);
    put_i64(w, r->last);
    put_i64(w, r->stable);
    put_u64(w, raft_hash_at(r, r->last));
    raft_configuration_write(raft_configuration_of(r), w);
    put_i64(w, r->writes);
    put_i64(w, r->durable);
    put_i64(w, r->state_write);
    put_i64(w, r->vote_write);
    put_u64(w, r->held_count);
    for (size_t i = 0; i < r->held_count; i++) {
        const struct raft_held *h = &r->held[(r->held_first + i) % r->held_capacity];
        put_i64(w, h->write);
        put_u8(w, (uint8_t)h->message.type);
        put_u32(w, h->message.peer);
        put_i64(w, h->message.term);
        put_i64(w, h->message.index);
        put_bool(w, h->message.ok);
    }
    put_u32(w, r->granted.count);
    for (uint32_t i = 0; i < r->granted.count; i++) put_u32(w, r->granted.nodes[i]);
    put_bool(w, r->installing);
    put_i64(w, r->heard_ns);
    put_i64(w, r->led_ns);
    put_i64(w, r->timeout_ns);
    put_i64(w, r->snapshot.index);
    put_i64(w, r->incoming.index);
    put_i64(w, r->incoming_size);
    for (size_t i = 0; i < r->read_count; i++) {
        put_i64(w, r->reads[i].number);
        put_i64(w, r->reads[i].at_ns);
        put_i64(w, r->reads[i].index);
        put_u32(w, r->reads[i].from);
    }
    if (r->role == RAFT_LEADER) encode_leader(r, w);
}
