/*
 * Phase 1, once for all instances: prepare, promise, take-over.
 *
 * "The new leader ... executes phase 1 of instances 135-137 and of all instances greater than 139"
 * (Paxos Made Simple, section 3): here of all that it does not know to be chosen, by one message
 * with a number and a first instance. An acceptor answers with what it has accepted of these, and
 * with how far it knows what is chosen: up to there nothing is left to propose, only to be learned.
 */
#include "paxos/core/acceptor.h"
#include "paxos/core/facts.h"
#include "paxos/core/group.h"

/* ---- 1(a) ---- */

/* "Begins phase 1 with a higher proposal number than any it has already used" (section 2.5): its
 * own acceptor's promise is the memory of that, durable before anyone else is asked. */
static int64_t next_round(const struct paxos_group *g) {
    const int64_t promised = ballot_round(g->promised);
    /* the mistake: what it finds after a restart is the last it used, and is used again */
    const bool again = g->config.bugs.reused_ballot && g->tried == 0;
    if (again && promised && ballot_node(g->promised) == g->config.self) return promised;
    return (promised > g->tried ? promised : g->tried) + 1;
}

static struct paxos_message prepare_message(const struct paxos_group *g) {
    return (struct paxos_message){
        .type = PAXOS_PREPARE, .ballot = g->ballot, .commit = g->commit, .first = g->commit + 1};
}

void paxos_prepare_ask(struct paxos_group *g, sim_node to, struct paxos_output *out) {
    const struct paxos_message m = prepare_message(g);
    struct writer w = paxos_output_writer(out, PAXOS_MESSAGE_BYTES);
    paxos_message_write(&w, &m);
    paxos_stable_hold(g, to, &m, &w, 0);
}

static void promise(struct paxos_group *g, sim_node to, int64_t ballot, int64_t first,
                    struct paxos_output *out);

bool paxos_campaign(struct paxos_group *g, int64_t now, struct random *random,
                    struct paxos_output *out) {
    paxos_leader_waits(g, now, random);
    if (!paxos_members_have(g, g->commit + 1, g->config.self)) return false;
    if (paxos_lease_stands_against(g, g->config.self, now)) return false;
    g->tried = next_round(g);
    g->ballot = ballot_make(g->tried, g->config.self);
    g->role = PAXOS_CANDIDATE;
    g->leader = g->floor_at = SIM_NONE;
    g->promises = 0;
    g->floor = g->commit;
    paxos_log_begin(&g->found, g->commit);
    paxos_group_note(out, PAXOS_NOTE_CAMPAIGN, g->ballot, g->commit + 1, 0, 0);
    g->promised = g->ballot;
    paxos_stable_promised(g, out);
    for (int i = 0; i < g->peer_count; i++) {
        const sim_node to = g->peers[i].node;
        if (to != g->config.self && paxos_members_any_have(g, to)) paxos_prepare_ask(g, to, out);
    }
    promise(g, g->config.self, g->ballot, g->commit + 1, out);
    return true;
}

/* ---- 1(b) ---- */

/* "Responds with a promise not to accept any more proposals numbered less than n and with the
 * highest-numbered proposal (if any) that it has accepted" (section 2.2), of each instance. */
static void promise(struct paxos_group *g, sim_node to, int64_t ballot, int64_t first,
                    struct paxos_output *out) {
    struct paxos_message m = {
        .type = PAXOS_PROMISE, .ballot = ballot, .commit = g->commit, .first = first};
    const int64_t above = g->commit + 1 > first ? g->commit + 1 : first;
    const int64_t from = g->log.first > above ? g->log.first : above;
    size_t most = PAXOS_MESSAGE_BYTES;
    int64_t extra = 0;
    for (int64_t i = from; i <= g->log.last; i++) {
        const struct paxos_entry *e = paxos_log_find(&g->log, i);
        if (!e) continue;
        m.number++;
        extra += e->extra;
        most += PAXOS_ENTRY_BYTES + e->size;
    }
    struct writer w = paxos_output_writer(out, most);
    paxos_message_write(&w, &m);
    int64_t listed = 0;
    for (int64_t i = from; i <= g->log.last; i++) {
        const struct paxos_entry *e = paxos_log_find(&g->log, i);
        if (!e) continue;
        /* the mistake: values in a row, as if there were no gaps */
        const int64_t instance = g->config.bugs.promise_skips_gaps ? above + listed : i;
        listed++;
        paxos_message_write_entry(
            &w, &(struct paxos_message_entry){instance, e->ballot, e->extra, paxos_log_value(e)});
    }
    if (g->config.bugs.unsynced_promise) { /* the mistake: said, and only remembered in memory */
        paxos_group_fact(g, out, PAXOS_PROMISED, ballot, first, 0);
        paxos_output_end(out, &out->messages, &w, to, PAXOS_PROMISE, extra);
        return;
    }
    paxos_stable_hold(g, to, &m, &w, extra);
}

/* Not a member any more, and it does not know yet. */
static bool has_left(const struct paxos_group *g, const struct paxos_message *m) {
    return g->commit + 1 >= m->first && !paxos_members_any_have(g, m->peer);
}

void paxos_prepare_received(struct paxos_group *g, const struct paxos_message *m, int64_t now,
                            struct random *random, struct paxos_output *out) {
    if (has_left(g, m)) {
        paxos_group_note(out, PAXOS_NOTE_NOT_MEMBER, m->peer, m->ballot, g->commit, 0);
        paxos_group_reject(g, m, g->promised, out);
        return;
    }
    if (!acceptor_may_promise(g->promised, m->ballot)) {
        paxos_group_note(out, PAXOS_NOTE_REJECTED_PREPARE, m->ballot, m->peer, g->promised, 0);
        paxos_group_reject(g, m, g->promised, out);
        return;
    }
    if (paxos_lease_stands_against(g, m->peer, now)) {
        paxos_group_note(out, PAXOS_NOTE_LEASE_HOLDS, m->ballot, m->peer, g->grant_to,
                         g->grant_ns - now);
        paxos_group_reject(g, m, paxos_lease_ballot(g, now), out);
        return;
    }
    if (g->role != PAXOS_FOLLOWER)
        paxos_leader_steps_down(g, PAXOS_NOTE_STEPPED_DOWN, m->ballot, now, random, out);
    paxos_leader_waits(g, now, random);
    if (m->ballot > g->promised) {
        g->promised = m->ballot;
        g->leader = SIM_NONE;
        if (!g->config.bugs.unsynced_promise) paxos_stable_promised(g, out);
    }
    paxos_group_note(out, PAXOS_NOTE_PROMISED, m->ballot, m->peer, m->first, g->commit);
    promise(g, m->peer, m->ballot, m->first, out);
}

/* "If the proposer receives a response to its prepare requests from a majority of acceptors..." */

static void merge(struct paxos_group *g, const struct paxos_message_entry *e) {
    if (e->instance <= g->found.base) return; /* it is known to be chosen */
    const struct paxos_entry *known = paxos_log_find(&g->found, e->instance);
    if (!known || e->ballot > known->ballot)
        paxos_log_put(&g->found, e->instance, e->ballot, e->value, e->extra);
}

void paxos_promise_received(struct paxos_group *g, struct paxos_message *m, int64_t now,
                            struct paxos_output *out) {
    struct paxos_message_entry e;
    if (g->role == PAXOS_FOLLOWER || m->ballot != g->ballot) return;
    g->promises |= paxos_group_bit(g, m->peer);
    if (m->commit > g->floor) {
        g->floor = m->commit;
        g->floor_at = m->peer;
    }
    while (paxos_message_read_entry(m, &e)) merge(g, &e);
    if (g->role == PAXOS_CANDIDATE) {
        const struct quorum_system *q = paxos_members_of(g, g->commit + 1);
        if (paxos_members_count(g, g->commit + 1, g->promises) >= q->q1)
            paxos_leader_begins(g, now, out);
        return;
    }
    if (g->found.last > g->takeover_last && g->found.last >= g->next)
        g->takeover_last = g->found.last;
    if (g->floor > g->commit && g->fetch_ns == 0)
        paxos_learn_fetch(g, (sim_node)g->floor_at, now, out);
}
