/* The state of a group as bytes, for observers: what differs in the one differs in the other. */
#include "paxos/core/group.h"

static void encode_log(const struct paxos_log *log, struct writer *w) {
    put_i64(w, log->base);
    put_i64(w, log->last);
    put_i64(w, log->first);
    for (int64_t i = log->first; i && i <= log->last; i++) {
        const struct paxos_entry *e = paxos_log_find(log, i);
        put_i64(w, e ? e->ballot : 0);
        if (!e) continue;
        put_string(w, e->value, e->size);
        put_i64(w, e->extra);
        put_u64(w, e->acceptances);
        put_bool(w, e->chosen);
    }
}

static void encode_acceptor(const struct paxos_group *g, struct writer *w) {
    put_i64(w, g->promised);
    encode_log(&g->log, w);
    put_i64(w, g->grant_ns);
    put_i64(w, g->grant_to);
    put_i64(w, g->grant_ballot);
    put_i64(w, g->wait_ns);
}

static void encode_learner(const struct paxos_group *g, struct writer *w) {
    put_i64(w, g->commit);
    put_i64(w, g->applied);
    put_i64(w, g->leader);
    put_i64(w, g->leader_ballot);
    put_i64(w, g->leader_commit);
    put_i64(w, g->fetch_ns);
    put_i64(w, g->fetch_from);
    put_i64(w, g->fetch_first);
    put_i64(w, g->patience_ns);
    put_u8(w, (uint8_t)g->snapshot);
    put_bool(w, g->piece_came);
}

static void encode_proposer(const struct paxos_group *g, struct writer *w) {
    put_u8(w, (uint8_t)g->role);
    put_i64(w, g->ballot);
    put_i64(w, g->tried);
    put_u64(w, g->promises);
    encode_log(&g->found, w);
    put_i64(w, g->floor);
    put_i64(w, g->floor_at);
    put_i64(w, g->abreast_ns);
    put_i64(w, g->next);
    put_i64(w, g->sent);
    put_i64(w, g->takeover_last);
    put_i64(w, g->fill_until);
    put_i64(w, g->election_ns);
    put_i64(w, g->heartbeat_ns);
}

static void encode_held(const struct paxos_group *g, struct writer *w) {
    put_i64(w, g->records);
    put_i64(w, g->durable);
    put_u64(w, g->held_count);
    for (size_t i = 0; i < g->held_count; i++) {
        const struct paxos_held *h = paxos_stable_held(g, i);
        put_i64(w, h->after);
        put_u32(w, h->piece.to);
        put_u32(w, h->piece.type);
        put_i64(w, h->piece.extra);
        put_string(w, h->bytes, h->piece.size);
        put_i64(w, h->ballot);
        put_i64(w, h->first);
        put_i64(w, h->number);
    }
}

static void encode_peers(const struct paxos_group *g, struct writer *w) {
    put_u32(w, (uint32_t)g->peer_count);
    for (int i = 0; i < g->peer_count; i++) {
        const struct paxos_peer *p = &g->peers[i];
        put_u32(w, p->node);
        put_bool(w, p->up);
        put_i64(w, p->heard_ns);
        put_i64(w, p->granted_ns);
        put_i64(w, p->commit);
        put_i64(w, p->resend_ns);
        put_i64(w, p->resend_wait_ns);
        put_i64(w, p->resend_end);
        put_i64(w, p->asked_ns);
    }
}

void paxos_encode(const struct paxos_group *g, struct writer *w) {
    encode_acceptor(g, w);
    encode_learner(g, w);
    encode_proposer(g, w);
    encode_held(g, w);
    encode_peers(g, w);
    paxos_write_configs(g, w);
}
