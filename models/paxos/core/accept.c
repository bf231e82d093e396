/*
 * Phase 2: accept, accepted, chosen; and the window.
 *
 * The leader proposes instances in order and does not wait for one before it proposes the next: up
 * to `window` of them are open. They may be chosen in any order. An accept request carries several
 * neighbouring instances when several were proposed at once.
 */
#include "paxos/core/acceptor.h"
#include "paxos/core/facts.h"
#include "paxos/core/group.h"

/* ---- 2(a) ---- */

/* Its acceptors must be known, and a quorum of them must have promised; what is chosen already, as
 * an acceptor said, is to be learned and not proposed. */
bool paxos_accept_may_propose(const struct paxos_group *g, int64_t instance) {
    return g->role == PAXOS_LEADER && instance > g->floor &&
           instance <= g->commit + g->config.window && paxos_members_are_known(g, instance) &&
           paxos_members_count(g, instance, g->promises) >= paxos_members_of(g, instance)->q1;
}

bool paxos_may_propose(const struct paxos_group *g) {
    return g->next > g->takeover_last && g->next > g->fill_until &&
           paxos_accept_may_propose(g, g->next);
}

/* The leader's own acceptor accepts at once: it has promised this ballot, and no other since. */
static void propose(struct paxos_group *g, struct sim_bytes value, int64_t extra, bool is_new,
                    struct paxos_output *out) {
    assert(g->promised == g->ballot);
    const int64_t instance = g->next++;
    const struct paxos_entry *e = paxos_log_put(&g->log, instance, g->ballot, value, extra);
    if (is_new) paxos_group_fact(g, out, PAXOS_PROPOSED, instance, g->ballot, e->hash);
    if (paxos_members_have(g, instance, g->config.self))
        paxos_stable_accepted(g, instance, e, false, out);
}

int64_t paxos_propose(struct paxos_group *g, struct sim_bytes value, int64_t extra,
                      struct paxos_output *out) {
    assert(paxos_may_propose(g));
    propose(g, value, extra, true, out);
    return g->next - 1;
}

/* "v is the value of the highest-numbered proposal among the responses" (2.2), or nothing: "it
 * fills the gap immediately by proposing, as commands 136 and 137, a special no-op command"
 * (section 3). */
static void propose_found(struct paxos_group *g, struct paxos_output *out) {
    const struct paxos_entry *found = paxos_log_find(&g->found, g->next);
    if (found && !g->config.bugs.ignore_accepted) {
        propose(g, paxos_log_value(found), found->extra, false, out);
        return;
    }
    if (g->next <= g->takeover_last)
        paxos_group_note(out, PAXOS_NOTE_GAP, g->next, g->ballot, 0, 0);
    propose(g, paxos_value_noop(), 0, true, out);
}

static int64_t lesser(int64_t a, int64_t b) { return a < b ? a : b; }

/* The range goes to the acceptors of these instances. */
static void send_range(struct paxos_group *g, int64_t first, int64_t last,
                       struct paxos_output *out) {
    const struct quorum_system *q = paxos_members_of(g, first);
    for (int64_t i = 0; i < q->count; i++)
        if (q->members[i] != g->config.self) paxos_accept_send(g, q->members[i], first, last, out);
    if (paxos_quorum_place(q, g->config.self) < 0) return;
    const struct paxos_message own = {.type = PAXOS_ACCEPTED_ALL,
                                      .ballot = g->ballot,
                                      .commit = g->commit,
                                      .first = first,
                                      .number = last - first + 1};
    struct writer w = paxos_output_writer(out, PAXOS_MESSAGE_BYTES);
    paxos_message_write(&w, &own);
    paxos_stable_hold(g, g->config.self, &own, &w, 0);
}

void paxos_accept_pump(struct paxos_group *g, struct paxos_output *out) {
    if (g->role != PAXOS_LEADER) return;
    if (g->next <= g->commit) g->next = g->sent = g->commit + 1;
    const int64_t bound = g->takeover_last > g->fill_until ? g->takeover_last : g->fill_until;
    while (g->next <= bound && paxos_accept_may_propose(g, g->next)) {
        const struct paxos_entry *e = paxos_log_find(&g->log, g->next);
        if (e && e->chosen)
            g->next++;
        else
            propose_found(g, out);
    }
    while (g->sent < g->next) {
        int64_t last = lesser(g->sent + g->config.batch, g->next) - 1;
        while (paxos_members_of(g, last) != paxos_members_of(g, g->sent)) last--;
        send_range(g, g->sent, last, out);
        g->sent = last + 1;
    }
}

/* All of the range must be in the log, as what this leader proposed is. */
void paxos_accept_send(struct paxos_group *g, sim_node to, int64_t first, int64_t last,
                       struct paxos_output *out) {
    const int place = paxos_group_place(g, to);
    size_t most = PAXOS_MESSAGE_BYTES;
    int64_t extra = 0;
    if (place < 0 || !g->peers[place].up) return;
    for (int64_t i = first; i <= last; i++) {
        const struct paxos_entry *e = paxos_log_find(&g->log, i);
        assert(e);
        most += PAXOS_ENTRY_BYTES + e->size;
        extra += e->extra;
    }
    struct writer w = paxos_output_writer(out, most);
    paxos_message_write(&w, &(struct paxos_message){.type = PAXOS_ACCEPT,
                                                    .ballot = g->ballot,
                                                    .commit = g->commit,
                                                    .first = first,
                                                    .number = last - first + 1});
    for (int64_t i = first; i <= last; i++) {
        const struct paxos_entry *e = paxos_log_find(&g->log, i);
        paxos_message_write_entry(
            &w, &(struct paxos_message_entry){i, g->ballot, e->extra, paxos_log_value(e)});
    }
    paxos_output_end(out, &out->messages, &w, to, PAXOS_ACCEPT, extra);
}

/* ---- 2(b) ---- */

/* "It accepts the proposal unless it has already responded to a prepare request having a number
 * greater than n" (section 2.2). */
static void accept_one(struct paxos_group *g, const struct paxos_message_entry *e, int64_t ballot,
                       struct paxos_output *out) {
    const struct paxos_entry *known = paxos_log_find(&g->log, e->instance);
    if (e->instance <= g->commit) return;         /* chosen, so this is the same value */
    if (known && known->ballot == ballot) return; /* it came before */
    known = paxos_log_put(&g->log, e->instance, ballot, e->value, e->extra);
    paxos_stable_accepted(g, e->instance, known, false, out);
}

void paxos_accept_received(struct paxos_group *g, struct paxos_message *m, int64_t now,
                           struct random *random, struct paxos_output *out) {
    struct paxos_message_entry e;
    if (!acceptor_may_accept(g->promised, m->ballot)) {
        paxos_group_note(out, PAXOS_NOTE_REJECTED_ACCEPT, m->first, m->ballot, m->peer,
                         g->promised);
        paxos_group_reject(g, m, g->promised, out);
        return;
    }
    paxos_leader_heard(g, m, now, random, out);
    g->promised = m->ballot;
    struct paxos_message answer = {
        .type = PAXOS_ACCEPTED_ALL, .ballot = m->ballot, .first = m->first};
    while (paxos_message_read_entry(m, &e) && e.instance == m->first + answer.number) {
        accept_one(g, &e, m->ballot, out);
        answer.number++;
    }
    paxos_learn_from_leader(g, m->ballot, m->commit, now, out);
    answer.commit = g->commit;
    struct writer w = paxos_output_writer(out, PAXOS_MESSAGE_BYTES);
    paxos_message_write(&w, &answer);
    paxos_stable_hold(g, m->peer, &answer, &w, 0);
}

/* "The value is chosen when a large enough set of acceptors have accepted it" (section 2.2). */
void paxos_accepted_received(struct paxos_group *g, const struct paxos_message *m, int64_t now,
                             struct paxos_output *out) {
    const int place = paxos_group_place(g, m->peer);
    if (g->role != PAXOS_LEADER || m->ballot != g->ballot || place < 0) return;
    g->peers[place].heard_ns = now;
    const int64_t last = lesser(m->first + m->number, g->next) - 1;
    for (int64_t i = m->first > g->commit ? m->first : g->commit + 1; i <= last; i++) {
        struct paxos_entry *e = paxos_log_find(&g->log, i);
        if (!e || e->ballot != g->ballot) continue;
        e->acceptances |= UINT64_C(1) << place;
        if (e->chosen || paxos_members_count(g, i, e->acceptances) < paxos_members_of(g, i)->q2)
            continue;
        e->chosen = true;
        paxos_group_fact(g, out, PAXOS_CHOSEN, i, g->ballot, e->hash);
    }
    paxos_learn_chosen(g);
}
