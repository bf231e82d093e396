/*
 * What a follower does with AppendEntries: paper 5.3 and figure 2, the receiver's five steps.
 *
 * The consistency check is an induction: an entry is taken only behind one that the leader has too,
 * so two logs that agree in an entry agree in all before it (Log Matching). A conflicting entry
 * goes, with all that follow it; one that does not conflict stays, even when the message ends
 * before it, as messages may come late:
 * "if an existing entry conflicts" (figure 2, step 3) is not "cut the log, then append".
 */
#include "raft/core/internal.h"

static void reply(struct raft *r, const struct raft_message *m, int64_t write,
                  struct raft_message answer) {
    answer.type = RAFT_APPEND_REPLY;
    answer.peer = m->peer;
    answer.stamp = m->stamp;
    post_after(r, write > r->state_write ? write : r->state_write, answer);
}

/* Tells where its own log stands: the term that it has there, and the first entry of that term; or,
 * if its log ends before, where it ends. */
static void refuse(struct raft *r, const struct raft_message *m) {
    const int64_t term = raft_term_at(r, m->index);
    int64_t first = r->last + 1;
    if (term > 0)
        for (first = m->index; first > r->base + 1 && raft_term_at(r, first - 1) == term;) first--;
    note(r, RAFT_NOTE_MISMATCH, m->peer, m->index, m->log_term, term > 0 ? m->index : r->last,
         term > 0 ? term : raft_last_term(r));
    reply(r, m, 0,
          (struct raft_message){.index = m->index, .log_term = term, .commit = first, .ok = false});
}

static void cut(struct raft *r, int64_t from, int64_t leader_term) {
    note(r, RAFT_NOTE_TRUNCATE, from, raft_term_at(r, from), from, leader_term, r->last - from + 1);
    fact(r, RAFT_FACT_TRUNCATED, r->group, from, r->term, r->commit);
    if (r->commit >= from) r->commit = from - 1; /* never, but for a mistake: laws judge it */
    log_truncate(r, from);
}

static bool read_entry(struct reader *in, struct raft_entry *e, struct sim_bytes *data) {
    e->term = get_i64(in);
    e->kind = (enum raft_kind)get_u8(in);
    e->weight = get_u32(in);
    data->data = get_string(in, &data->size);
    return !in->bad && e->kind <= RAFT_CONFIGURATION;
}

/* Takes the entries that it does not have. The first that it took; 0: none. */
static int64_t take_entries(struct raft *r, const struct raft_message *m) {
    struct reader in = reader_over(m->bytes.data, m->bytes.size);
    const bool cut_always = has_bug(r, RAFT_BUG_TRUNCATE_ALWAYS);
    int64_t first = 0;
    if (cut_always && m->index >= r->base && m->index < r->last) cut(r, m->index + 1, r->term);
    for (int64_t index = m->index + 1; index <= m->index + m->count; index++) {
        struct raft_entry e;
        struct sim_bytes data;
        if (!read_entry(&in, &e, &data)) break;
        if (index <= r->base || raft_term_at(r, index) == e.term) continue;
        if (index <= r->last) cut(r, index, e.term);
        if (first == 0) {
            first = index;
            r->out->write = ++r->writes;
        }
        log_append(r, e.term, e.kind, data, e.weight);
    }
    return first;
}

void on_append(struct raft *r, const struct raft_message *m) {
    if (r->role == RAFT_LEADER) return; /* two leaders in a term: some law is broken already */
    become_follower(r, m->term, m->peer);
    r->heard_ns = r->led_ns = r->now_ns;
    if (r->read_count > 0)
        reads_expire(r, r->set->election_max_ns); /* a question or its answer was lost */
    if (m->index > r->last || (m->index >= r->base && raft_term_at(r, m->index) != m->log_term)) {
        refuse(r, m);
        return;
    }
    const int64_t first = take_entries(r, m);
    if (first > 0) {
        r->out->first = first;
        r->out->last = r->last;
        fact(r, RAFT_FACT_STORED, r->group, r->last, raft_last_term(r),
             (int64_t)raft_hash_at(r, r->last));
    }
    int64_t matches = m->index +
                      m->count; /* the last entry that is known to be the leader's, too */
    if (matches < r->base) matches = r->base;
    if (matches > r->last) matches = r->last; /* its bytes were malformed */
    commit_to(r, m->commit < matches ? m->commit : matches);
    int64_t write = 0;
    if (matches > r->stable && m->count > 0)
        write = log_at(r, matches)->write;
    else if (matches > r->stable) /* a heartbeat: what is durable so far */
        matches = r->stable;
    reply(r, m, write, (struct raft_message){.index = matches, .ok = true});
}
