/*
 * Messages as bytes: the fields that each type has, in one order, then its entries or its chunk.
 */
#include "raft/core/internal.h"

enum field {
    TERM = 1,
    INDEX = 2,
    LOG_TERM = 4,
    COMMIT = 8,
    STAMP = 16,
    OFFSET = 32,
    OK = 64,
    COUNT = 128
};

static const unsigned fields[RAFT_TYPES] = {
    [RAFT_APPEND] = TERM | INDEX | LOG_TERM | COMMIT | STAMP | COUNT,
    [RAFT_APPEND_REPLY] = TERM | INDEX | LOG_TERM | COMMIT | STAMP | OK,
    [RAFT_VOTE] = TERM | INDEX | LOG_TERM | OK,
    [RAFT_VOTE_REPLY] = TERM | OK,
    [RAFT_PRE_VOTE] = TERM | INDEX | LOG_TERM | OK,
    [RAFT_PRE_VOTE_REPLY] = TERM | OK,
    [RAFT_SNAPSHOT] = TERM | INDEX | LOG_TERM | STAMP | OFFSET,
    [RAFT_SNAPSHOT_REPLY] = TERM | INDEX | STAMP | OFFSET | OK,
    [RAFT_TIMEOUT_NOW] = TERM,
    [RAFT_READ] = TERM | STAMP,
    [RAFT_READ_REPLY] = TERM | INDEX | STAMP | OK,
};

static void write_entries(const struct raft *r, const struct raft_message *m, struct writer *w) {
    for (int64_t i = m->index + 1; i <= m->index + m->count; i++) {
        const struct raft_entry *e = log_at(r, i);
        put_i64(w, e->term);
        put_u8(w, (uint8_t)e->kind);
        put_u32(w, e->weight);
        put_string(w, e->data, e->size);
    }
}

void raft_message_write(const struct raft *r, const struct raft_message *m, struct writer *w) {
    const unsigned has = fields[m->type];
    if (has & TERM) put_i64(w, m->term);
    if (has & INDEX) put_i64(w, m->index);
    if (has & LOG_TERM) put_i64(w, m->log_term);
    if (has & COMMIT) put_i64(w, m->commit);
    if (has & STAMP) put_i64(w, m->stamp);
    if (has & OFFSET) put_i64(w, m->offset);
    if (has & OK) put_bool(w, m->ok);
    if (has & COUNT) put_u32(w, (uint32_t)m->count);
    if (m->type == RAFT_APPEND) write_entries(r, m, w);
    if (m->type == RAFT_SNAPSHOT) {
        put_i64(w, m->total);
        put_u64(w, m->hash);
        put_i64(w, m->weight);
        raft_configuration_write(&r->snapshot.configuration, w);
        put_bytes(w, r->snapshot.bytes + m->offset, (size_t)m->count);
    }
}

bool raft_message_read(enum raft_type type, struct sim_bytes body, struct raft_message *m) {
    struct reader r = reader_over(body.data, body.size);
    if (type >= RAFT_TYPES) return false;
    const unsigned has = fields[type];
    *m = (struct raft_message){.type = type};
    if (has & TERM) m->term = get_i64(&r);
    if (has & INDEX) m->index = get_i64(&r);
    if (has & LOG_TERM) m->log_term = get_i64(&r);
    if (has & COMMIT) m->commit = get_i64(&r);
    if (has & STAMP) m->stamp = get_i64(&r);
    if (has & OFFSET) m->offset = get_i64(&r);
    if (has & OK) m->ok = get_bool(&r);
    if (has & COUNT) m->count = get_u32(&r);
    if (type == RAFT_SNAPSHOT) {
        m->total = get_i64(&r);
        m->hash = get_u64(&r);
        m->weight = get_i64(&r);
        if (m->total < 0 || m->offset < 0 || m->offset > m->total) r.bad = true;
    }
    m->bytes = (struct sim_bytes){body.data + r.at, body.size - r.at};
    return !r.bad && m->index >= 0;
}
