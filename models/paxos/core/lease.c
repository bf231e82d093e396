/*
 * Reads without a round.
 *
 * "All replicas implicitly grant a lease to the master of the previous Paxos instance and refuse to
 * process Paxos messages from any other replica while the lease is held. The master maintains a
 * shorter timeout for the lease than the replicas; this protects the system against clock drift"
 * (Paxos Made Live, section 5.2). Here each heartbeat asks for one: the acceptor counts from when
 * it came, the leader from when it was sent, and less by the drift that is assumed at most. As no
 * quorum of promises can form without one of the quorum that granted, nobody else can lead until
 * then.
 *
 * A grant is kept in memory alone: an acceptor that starts promises nothing until any lease that it
 * may have granted before is over.
 */
#include "base/wide.h"
#include "paxos/core/group.h"

bool paxos_lease_stands_against(const struct paxos_group *g, sim_node node, int64_t now) {
    if (!g->config.leases) return false;
    return now < g->wait_ns || (now < g->grant_ns && g->grant_to != (int64_t)node);
}

/* An acceptor outside the leader's quorum of promises has not promised it anything, and may hear a
 * deposed one late: the ballot of the lease that it granted stands against that, too. */
int64_t paxos_lease_ballot(const struct paxos_group *g, int64_t now) {
    const bool granted = g->config.leases && now < g->grant_ns;
    return granted && g->grant_ballot > g->promised ? g->grant_ballot : g->promised;
}

void paxos_lease_grant(struct paxos_group *g, sim_node to, int64_t ballot, int64_t now) {
    g->grant_to = (int64_t)to;
    g->grant_ballot = ballot;
    g->grant_ns = now + g->config.lease_ns;
}

/* The latest moment since when a quorum has granted, and no less. */
static int64_t granted_since(const struct paxos_group *g, const struct quorum_system *q) {
    int64_t since = SIM_NONE;
    for (int64_t i = 0; i < q->count; i++) {
        const int at = paxos_group_place(g, q->members[i]);
        int64_t as_late = 0;
        for (int64_t k = 0; at >= 0 && k < q->count; k++) {
            const int other = paxos_group_place(g, q->members[k]);
            as_late += other >= 0 && g->peers[other].granted_ns >= g->peers[at].granted_ns;
        }
        if (at >= 0 && as_late >= q->q2 && g->peers[at].granted_ns > since)
            since = g->peers[at].granted_ns;
    }
    return since;
}

int64_t paxos_lease_until(const struct paxos_group *g) {
    int64_t until = INT64_MAX;
    const int64_t lasts = mul_div(g->config.lease_ns, 1000000 - g->config.lease_drift_ppm, 1000000);
    if (g->role != PAXOS_LEADER || !g->config.leases) return SIM_NONE;
    for (int i = 0; i < g->config_count; i++) { /* of all that may choose a leader from here on */
        if (i + 1 < g->config_count && g->configs[i + 1].from <= g->commit + 1) continue;
        const int64_t since = granted_since(g, &g->configs[i].quorum);
        if (since == SIM_NONE) return SIM_NONE;
        if (since + lasts < until) until = since + lasts;
    }
    return until;
}

/* What an earlier leader may have told a client must be applied here first; and what that was is
 * known when a quorum of the present membership has promised. A leader that came to lead by an
 * older one has not asked them yet, and they may have chosen more for its predecessor. */
bool paxos_lease_holds(const struct paxos_group *g, int64_t now) {
    const int64_t until = paxos_lease_until(g), next = g->commit + 1;
    if (until == SIM_NONE || now >= until || g->applied != g->commit) return false;
    return g->commit >= g->takeover_last && g->commit >= g->floor &&
           paxos_members_count(g, next, g->promises) >= paxos_members_of(g, next)->q1;
}
