#include "paxos/core/message.h"

#include "base/text.h"

void paxos_message_write(struct writer *w, const struct paxos_message *m) {
    put_i64(w, m->ballot);
    put_i64(w, m->commit);
    put_i64(w, m->first);
    put_i64(w, m->number);
}

void paxos_message_write_entry(struct writer *w, const struct paxos_message_entry *e) {
    put_i64(w, e->instance);
    put_i64(w, e->ballot);
    put_i64(w, e->extra);
    put_string(w, e->value.data, e->value.size);
}

bool paxos_message_read(uint32_t type, sim_node from, struct sim_bytes body,
                        struct paxos_message *m) {
    struct reader r = reader_over(body.data, body.size);
    if (type >= PAXOS_TYPES) return false;
    m->type = (enum paxos_type)type;
    m->peer = from;
    m->ballot = get_i64(&r);
    m->commit = get_i64(&r);
    m->first = get_i64(&r);
    m->number = get_i64(&r);
    m->entries = r;
    return !r.bad && m->ballot >= 0 && m->commit >= 0 && m->first >= 0;
}

bool paxos_message_read_entry(struct paxos_message *m, struct paxos_message_entry *e) {
    struct reader *r = &m->entries;
    if (r->bad || r->at == r->size) return false;
    e->instance = get_i64(r);
    e->ballot = get_i64(r);
    e->extra = get_i64(r);
    e->value.data = get_string(r, &e->value.size);
    return !r->bad && e->instance > 0 && e->ballot > 0 && e->value.size > 0;
}

static void describe_range(const struct paxos_message *m, struct text *text) {
    text_add(text, "%lld: ", (long long)m->ballot);
    if (m->number == 1)
        text_add(text, "instance %lld", (long long)m->first);
    else
        text_add(text, "instances %lld to %lld", (long long)m->first,
                 (long long)(m->first + m->number - 1));
}

void paxos_message_describe(uint32_t type, struct sim_bytes body, struct text *text) {
    struct paxos_message m;
    if (!paxos_message_read(type, 0, body, &m)) return;
    switch (m.type) {
    case PAXOS_PREPARE:
        text_add(text, "%lld: from instance %lld on", (long long)m.ballot, (long long)m.first);
        return;
    case PAXOS_PROMISE:
        text_add(text, "%lld: from instance %lld on, %lld accepted", (long long)m.ballot,
                 (long long)m.first, (long long)m.number);
        return;
    case PAXOS_ACCEPT:
    case PAXOS_ACCEPTED_ALL:
    case PAXOS_VALUES: describe_range(&m, text); return;
    case PAXOS_REJECT:
        text_add(text, "%lld, as of %lld", (long long)m.ballot, (long long)m.number);
        return;
    case PAXOS_HEARTBEAT:
    case PAXOS_LEADS:
    case PAXOS_HEARD:
        text_add(text, "%lld: commit %lld", (long long)m.ballot, (long long)m.commit);
        return;
    case PAXOS_FETCH: text_add(text, "from instance %lld on", (long long)m.first); return;
    case PAXOS_TYPES: return;
    }
}
