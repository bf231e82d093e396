/*
 * Who the acceptors of an instance are.
 *
 * "Allow a leader to get alpha commands ahead by letting the set of servers that execute instance
 * i + alpha of the consensus algorithm be specified by the state after execution of the ith state
 * machine command" (Paxos Made Simple, section 3). So a membership is a value like any other, and
 * decides from alpha instances after its own on; and an instance may be proposed only when all up
 * to alpha before it are applied, as its acceptors are not known sooner. A leader that is idle
 * fills the instances between with no-ops (Lamport, Malkhi, Zhou, "Reconfiguring a state machine",
 * 2010).
 */
#include "base/text.h"
#include "paxos/core/facts.h"
#include "paxos/core/group.h"

const struct quorum_system *paxos_members_of(const struct paxos_group *g, int64_t instance) {
    int i = g->config_count - 1;
    while (i > 0 && g->configs[i].from > instance) i--;
    return &g->configs[i].quorum;
}

bool paxos_members_are_known(const struct paxos_group *g, int64_t instance) {
    return instance <= g->applied + g->config.alpha;
}

bool paxos_members_have(const struct paxos_group *g, int64_t instance, sim_node node) {
    return paxos_quorum_place(paxos_members_of(g, instance), node) >= 0;
}

int64_t paxos_members_count(const struct paxos_group *g, int64_t instance, uint64_t peers) {
    const struct quorum_system *q = paxos_members_of(g, instance);
    int64_t count = 0;
    for (int64_t i = 0; i < q->count; i++)
        count += (peers & paxos_group_bit(g, q->members[i])) != 0;
    return count;
}

bool paxos_members_any_have(const struct paxos_group *g, sim_node node) {
    for (int i = 0; i < g->config_count; i++) {
        const bool over = i + 1 < g->config_count && g->configs[i + 1].from <= g->commit + 1;
        if (!over && paxos_quorum_place(&g->configs[i].quorum, node) >= 0) return true;
    }
    return false;
}

void paxos_members_meet(struct paxos_group *g, sim_node node) {
    if (paxos_group_place(g, node) >= 0 || g->peer_count == PAXOS_PEERS_MAX) return;
    g->peers[g->peer_count++] =
        (struct paxos_peer){.node = node, .up = node == g->config.self, .asked_ns = SIM_NONE};
}

void paxos_members_state(const struct paxos_group *g, int config, struct paxos_output *out) {
    const struct quorum_system *q = &g->configs[config].quorum;
    const int64_t from = g->configs[config].from;
    paxos_group_fact(g, out, PAXOS_MEMBERSHIP, from, q->count, q->q2);
    for (int64_t i = 0; i < q->count; i++)
        paxos_group_fact(g, out, PAXOS_MEMBER, from, q->members[i], 0);
}

/* Those that count for no instance that is not applied yet. As this looks at nothing but what was
 * applied, all members keep and refuse the same. */
static void forget_old(struct paxos_group *g) {
    int gone = 0;
    while (gone + 1 < g->config_count && g->configs[gone + 1].from <= g->applied + 1) gone++;
    for (int i = gone; i < g->config_count; i++) g->configs[i - gone] = g->configs[i];
    g->config_count -= gone;
}

bool paxos_members_room(struct paxos_group *g) {
    forget_old(g);
    return g->config_count < PAXOS_CONFIGS_MAX;
}

static bool config_add(struct paxos_group *g, int64_t from, const sim_node *members, size_t count) {
    struct text refusal = {0};
    struct quorum_system q;
    const bool ok = paxos_members_room(g) && from > g->configs[g->config_count - 1].from &&
                    paxos_quorum_begin(&q, members, count, g->config.q1, g->config.q2,
                                       g->config.insist, &refusal);
    text_free(&refusal);
    if (!ok) return false; /* the same for all, as it depends on the log alone */
    g->configs[g->config_count].from = from;
    g->configs[g->config_count++].quorum = q;
    for (size_t i = 0; i < count; i++) paxos_members_meet(g, members[i]);
    return true;
}

void paxos_members_apply(struct paxos_group *g, int64_t instance, struct sim_bytes value,
                         int64_t now, struct paxos_output *out) {
    sim_node members[PAXOS_MEMBERS_MAX];
    const size_t count = paxos_value_members_read(value, members);
    const int64_t from = instance + g->config.alpha;
    if (count == 0 || !config_add(g, from, members, count)) return;
    paxos_group_note(out, PAXOS_NOTE_MEMBERS, instance, (int64_t)count, from, 0);
    paxos_members_state(g, g->config_count - 1, out);
    paxos_members_changed(g, now, out);
}

/* Of whoever leads, or is about to: the instances before the new membership are to be filled, so
 * that it counts, and phase 1 is to be done with those who are new. */
void paxos_members_changed(struct paxos_group *g, int64_t now, struct paxos_output *out) {
    if (g->role == PAXOS_FOLLOWER) return;
    const int64_t from = g->configs[g->config_count - 1].from;
    if (from - 1 > g->fill_until) g->fill_until = from - 1;
    for (int c = 0; c < g->config_count; c++) {
        const struct quorum_system *q = &g->configs[c].quorum;
        for (int64_t i = 0; i < q->count; i++) {
            const int place = paxos_group_place(g, q->members[i]);
            if (place < 0 || g->promises >> place & 1 || q->members[i] == g->config.self) continue;
            g->peers[place].heard_ns = now; /* it has as long to answer as after a take-over */
            paxos_prepare_ask(g, q->members[i], out);
        }
    }
}

/* A proposer need not be an acceptor, so a leader that is not in the new membership leads on until
 * so many of that know all that came before that they can do without it. */
bool paxos_members_may_leave(const struct paxos_group *g) {
    const struct quorum_system *q = paxos_members_of(g, g->commit + 1);
    const int64_t from = g->configs[g->config_count - 1].from;
    int64_t know = 0;
    if (paxos_quorum_place(q, g->config.self) >= 0 || g->commit + 1 < from) return false;
    for (int64_t i = 0; i < q->count; i++) {
        const int place = paxos_group_place(g, q->members[i]);
        know += place >= 0 && g->peers[place].commit + 1 >= from;
    }
    return know >= q->q1 && know >= q->q2;
}

/* The same without a leader: one that was a member tells those who are how far it knows all. They
 * may not have heard that they are. */
void paxos_members_tell(const struct paxos_group *g, struct paxos_output *out) {
    const struct quorum_system *q = paxos_members_of(g, g->commit + 1);
    if (g->configs[g->config_count - 1].from == 1) return; /* a spare that never was one */
    for (int64_t i = 0; i < q->count; i++)
        paxos_group_send(g, q->members[i],
                         &(struct paxos_message){.type = PAXOS_VALUES,
                                                 .ballot = g->leader_ballot,
                                                 .commit = g->commit,
                                                 .first = g->commit + 1},
                         out);
}

/* ---- in a snapshot ---- */

void paxos_write_configs(const struct paxos_group *g, struct writer *w) {
    put_u32(w, (uint32_t)g->config_count);
    for (int i = 0; i < g->config_count; i++) {
        const struct quorum_system *q = &g->configs[i].quorum;
        put_i64(w, g->configs[i].from);
        put_i64(w, q->q1);
        put_i64(w, q->q2);
        put_u32(w, (uint32_t)q->count);
        for (int64_t k = 0; k < q->count; k++) put_u32(w, q->members[k]);
    }
}

void paxos_members_read(struct paxos_group *g, struct reader *r) {
    const uint32_t count = get_u32(r);
    assert(count >= 1 && count <= PAXOS_CONFIGS_MAX);
    g->config_count = (int)count;
    for (uint32_t i = 0; i < count; i++) {
        struct quorum_system *q = &g->configs[i].quorum;
        g->configs[i].from = get_i64(r);
        q->q1 = get_i64(r);
        q->q2 = get_i64(r);
        q->count = (int64_t)get_u32(r);
        assert(q->count >= 1 && q->count <= PAXOS_MEMBERS_MAX);
        for (int64_t k = 0; k < q->count; k++) {
            q->members[k] = get_u32(r);
            paxos_members_meet(g, q->members[k]);
        }
    }
    assert(!r->bad);
}
