/*
 * Who leads: the failure detector, heartbeats, sending again.
 *
 * "The election of a single leader is needed only to ensure progress" (Paxos Made Simple, section
 * 3): any node may take itself for the leader at any time, and no rule of safety is here. One that
 * has not heard of a leader for a random time prepares a higher ballot; the randomness makes it
 * unlikely that two do so at once, over and over (section 2.4).
 */
#include "paxos/core/facts.h"
#include "paxos/core/group.h"

void paxos_leader_waits(struct paxos_group *g, int64_t now, struct random *random) {
    const int64_t span = g->config.election_max_ns - g->config.election_min_ns;
    g->election_ns = now + g->config.election_min_ns + draw_below(random, span + 1);
}

/* ---- being a leader ---- */

/* The mistake: what it does not have itself it takes for nothing, and asks nobody. */
static void gaps_as_noops(struct paxos_group *g, struct paxos_output *out) {
    for (int64_t i = g->commit + 1; i < g->log.last; i++) {
        if (paxos_log_find(&g->log, i)) continue;
        paxos_group_note(out, PAXOS_NOTE_GAP, i, g->ballot, 0, 0);
        paxos_log_put(&g->log, i, g->ballot, paxos_value_noop(), 0)->chosen = true;
    }
    paxos_learn_chosen(g);
}

static void send_heartbeats(struct paxos_group *g, int64_t now, struct paxos_output *out) {
    struct paxos_message m = {.ballot = g->ballot, .commit = g->commit, .number = now};
    g->heartbeat_ns = now + g->config.heartbeat_ns;
    for (int i = 0; i < g->peer_count; i++) {
        const sim_node to = g->peers[i].node;
        m.type = paxos_members_any_have(g, to) ? PAXOS_HEARTBEAT : PAXOS_LEADS;
        paxos_group_send(g, to, &m, out);
    }
}

static int64_t gaps_found(const struct paxos_group *g) {
    int64_t gaps = 0;
    for (int64_t i = g->next; i <= g->takeover_last; i++) gaps += !paxos_log_find(&g->found, i);
    return gaps;
}

void paxos_leader_begins(struct paxos_group *g, int64_t now, struct paxos_output *out) {
    g->role = PAXOS_LEADER;
    g->leader = (int64_t)g->config.self;
    g->leader_ballot = g->ballot;
    g->leader_commit = g->commit;
    g->abreast_ns = now;
    g->next = g->sent = (g->floor > g->commit ? g->floor : g->commit) + 1;
    g->takeover_last = g->found.last;
    g->fill_until = g->configs[g->config_count - 1].from - 1;
    for (int i = 0; i < g->peer_count; i++) {
        g->peers[i].heard_ns = now;
        g->peers[i].granted_ns = SIM_NONE;
        g->peers[i].resend_ns = 0;
    }
    paxos_group_note(out, PAXOS_NOTE_LEADS, g->ballot, paxos_quorum_size(g->promises), g->next, 0);
    if (g->takeover_last >= g->next)
        paxos_group_note(out, PAXOS_NOTE_TAKE_OVER, g->next, g->takeover_last, gaps_found(g), 0);
    if (g->config.bugs.gap_as_noop) gaps_as_noops(g, out);
    if (g->floor > g->commit) paxos_learn_fetch(g, (sim_node)g->floor_at, now, out);
    send_heartbeats(g, now, out);
}

void paxos_leader_steps_down(struct paxos_group *g, enum paxos_note why, int64_t about, int64_t now,
                             struct random *random, struct paxos_output *out) {
    paxos_group_note(out, why, g->ballot, about, 0, 0);
    g->role = PAXOS_FOLLOWER;
    g->leader = SIM_NONE;
    g->promises = 0;
    g->takeover_last = g->fill_until = g->floor = 0;
    paxos_leader_waits(g, now, random);
}

/* A leader that reaches no quorum of acceptors can do nothing for anyone, and should say so. */
static bool has_quorum(const struct paxos_group *g, int64_t now) {
    uint64_t answer = paxos_group_bit(g, g->config.self);
    for (int i = 0; i < g->peer_count; i++)
        if (now - g->peers[i].heard_ns <= g->config.election_max_ns) answer |= UINT64_C(1) << i;
    return paxos_members_count(g, g->commit + 1, answer) >= paxos_members_of(g, g->commit + 1)->q2;
}

static bool is_open(const struct paxos_group *g, const struct paxos_peer *p, int64_t instance) {
    const struct paxos_entry *e = paxos_log_find(&g->log, instance);
    return e && e->ballot == g->ballot && !(e->acceptances & paxos_group_bit(g, p->node)) &&
           paxos_members_have(g, instance, p->node);
}

/* What is open from `from` up to `end`, and not acknowledged by it. */
static void accept_again(struct paxos_group *g, const struct paxos_peer *p, int64_t from,
                         int64_t end, struct paxos_output *out) {
    int64_t first = 0, sent = 0;
    for (int64_t i = from; i <= end; i++) {
        const bool wanted = i < end && is_open(g, p, i);
        if (first && (!wanted || i - first == g->config.batch)) {
            paxos_accept_send(g, p->node, first, i - 1, out);
            sent += i - first;
            first = 0;
        }
        if (wanted && !first) first = i;
    }
    if (sent) paxos_group_note(out, PAXOS_NOTE_RESENT, p->node, sent, 0, 0);
}

void paxos_leader_sends_again(struct paxos_group *g, struct paxos_peer *p, int64_t after,
                              int64_t now) {
    const int64_t most = PAXOS_PATIENCE_MAX * g->config.retransmit_ns;
    p->resend_wait_ns = after < most ? after : most;
    p->resend_ns = now + p->resend_wait_ns;
    p->resend_end = g->sent;
}

/* After its stream came up again, and until it answers, as it may not have been ready to hear. If
 * it is only late, what is sent twice makes it later: so each time it has twice as long, and what
 * was sent since has not had that yet. */
static void send_again(struct paxos_group *g, struct paxos_peer *p, int64_t now,
                       struct paxos_output *out) {
    p->resend_ns = 0;
    if (g->role == PAXOS_FOLLOWER) return;
    bool waits = !(g->promises & paxos_group_bit(g, p->node)) && paxos_members_any_have(g, p->node);
    if (waits) paxos_prepare_ask(g, p->node, out);
    if (g->role == PAXOS_LEADER) {
        const int64_t from = (g->commit > g->floor ? g->commit : g->floor) + 1;
        accept_again(g, p, from, p->resend_end, out);
        for (int64_t i = from; i < g->sent && !waits; i++) waits = is_open(g, p, i);
    }
    if (waits) paxos_leader_sends_again(g, p, 2 * p->resend_wait_ns, now);
}

/* ---- hearing of one ---- */

void paxos_leader_heard(struct paxos_group *g, const struct paxos_message *m, int64_t now,
                        struct random *random, struct paxos_output *out) {
    if (m->peer == g->config.self) return;
    if (g->role != PAXOS_FOLLOWER)
        paxos_leader_steps_down(g, PAXOS_NOTE_STEPPED_DOWN, m->ballot, now, random, out);
    if (g->leader != (int64_t)m->peer || g->leader_ballot != m->ballot)
        paxos_group_note(out, PAXOS_NOTE_FOLLOWS, m->peer, m->ballot, 0, 0);
    if (g->leader_ballot != m->ballot) {
        g->leader_commit = 0;
        if (g->snapshot == PAXOS_SNAPSHOT_NONE) g->fetch_ns = 0; /* this one knows more */
    }
    g->leader = (int64_t)m->peer;
    g->leader_ballot = m->ballot;
    paxos_leader_waits(g, now, random);
}

void paxos_heartbeat_received(struct paxos_group *g, const struct paxos_message *m, int64_t now,
                              struct random *random, struct paxos_output *out) {
    const int64_t stands = paxos_lease_ballot(g, now);
    if (m->ballot < stands) {
        paxos_group_reject(g, m, stands, out);
        return;
    }
    paxos_leader_heard(g, m, now, random, out);
    if (g->config.leases) paxos_lease_grant(g, m->peer, m->ballot, now);
    if (m->peer != g->config.self) paxos_learn_from_leader(g, m->ballot, m->commit, now, out);
    paxos_group_send(
        g, m->peer,
        &(struct paxos_message){
            .type = PAXOS_HEARD, .ballot = m->ballot, .commit = g->commit, .number = m->number},
        out);
}

/* To one that is no acceptor: it tells its clients, and that is all. If it takes itself for one it
 * learns better. Ballots tell which of two leaders is the later; but one that it led in itself, by
 * a membership that is over, may be above that of the present leader, who needed none of those. */
void paxos_leads_received(struct paxos_group *g, const struct paxos_message *m, int64_t now,
                          struct random *random, struct paxos_output *out) {
    const bool later = m->ballot >= g->leader_ballot || g->leader == SIM_NONE;
    if (m->peer == g->config.self || !later) return;
    paxos_leader_heard(g, m, now, random, out);
    if (paxos_members_any_have(g, g->config.self) && m->commit > g->commit && g->fetch_ns == 0)
        paxos_learn_fetch(g, m->peer, now, out);
}

void paxos_heard_received(struct paxos_group *g, const struct paxos_message *m, int64_t now) {
    const int place = paxos_group_place(g, m->peer);
    if (g->role != PAXOS_LEADER || m->ballot != g->ballot || place < 0) return;
    g->peers[place].heard_ns = now;
    if (m->number > g->peers[place].granted_ns) g->peers[place].granted_ns = m->number;
}

/* Only a higher ballot makes a proposer give up. A lease, or a membership, may stand against its
 * prepare without one: then it counts the others, and asks that one again, as a lease ends. */
void paxos_reject_received(struct paxos_group *g, const struct paxos_message *m, int64_t now,
                           struct random *random, struct paxos_output *out) {
    const int place = paxos_group_place(g, m->peer);
    if (ballot_round(m->number) > g->tried) g->tried = ballot_round(m->number);
    if (g->role == PAXOS_FOLLOWER || m->ballot != g->ballot || place < 0) return;
    if (m->number > g->ballot)
        paxos_leader_steps_down(g, PAXOS_NOTE_STEPPED_DOWN, m->number, now, random, out);
    else
        paxos_leader_sends_again(g, &g->peers[place], g->config.retransmit_ns, now);
    if (m->commit > g->commit && g->fetch_ns == 0) paxos_learn_fetch(g, m->peer, now, out);
}

/* ---- time ---- */

int64_t paxos_due(const struct paxos_group *g) {
    int64_t due = g->role == PAXOS_LEADER ? g->heartbeat_ns : g->election_ns;
    if (g->fetch_ns && g->fetch_ns < due) due = g->fetch_ns;
    for (int i = 0; i < g->peer_count; i++)
        if (g->peers[i].resend_ns && g->peers[i].resend_ns < due) due = g->peers[i].resend_ns;
    return due;
}

/* Until it knows what others know it can do nothing for anyone. If there is nobody to learn it
 * from, or that takes long, as over a slow link, another should lead. */
static bool catches_up(struct paxos_group *g, int64_t now, struct paxos_output *out) {
    if (g->floor <= g->commit) {
        g->abreast_ns = now;
        return true;
    }
    if (g->fetch_ns == 0) paxos_learn_from_any(g, SIM_NONE, now, out);
    return g->fetch_ns != 0 && now - g->abreast_ns <= g->config.election_max_ns;
}

static void leader_tick(struct paxos_group *g, int64_t now, struct random *random,
                        struct paxos_output *out) {
    const bool useful = catches_up(g, now, out);
    if (!useful || !has_quorum(g, now))
        paxos_leader_steps_down(g, PAXOS_NOTE_NO_QUORUM, 0, now, random, out);
    else
        send_heartbeats(g, now, out);
}

/* Whoever is sent a snapshot is far behind, and what comes by the same stream, heartbeats too,
 * comes late: as long as it may expect the next piece it leaves it to others to stand. */
static bool is_sent_snapshot(const struct paxos_group *g) {
    return g->snapshot != PAXOS_SNAPSHOT_NONE && g->fetch_ns != 0;
}

static void election_tick(struct paxos_group *g, int64_t now, struct random *random,
                          struct paxos_output *out) {
    const bool member = paxos_members_have(g, g->commit + 1, g->config.self);
    const bool stands = member && !is_sent_snapshot(g);
    if (stands && g->leader != SIM_NONE)
        paxos_group_note(out, PAXOS_NOTE_SILENT, g->leader, 0, 0, 0);
    if (!member) {
        g->leader = SIM_NONE;
        paxos_members_tell(g, out);
    }
    paxos_leader_waits(g, now, random);
    if (stands && paxos_campaign(g, now, random, out)) return;
    if (g->role == PAXOS_CANDIDATE) /* and cannot stand anew */
        paxos_leader_steps_down(g, PAXOS_NOTE_NO_QUORUM, 0, now, random, out);
}

void paxos_tick(struct paxos_group *g, int64_t now, struct random *random,
                struct paxos_output *out) {
    if (g->fetch_ns && now >= g->fetch_ns) paxos_learn_fetch_again(g, now, out);
    for (int i = 0; i < g->peer_count; i++)
        if (g->peers[i].resend_ns && now >= g->peers[i].resend_ns)
            send_again(g, &g->peers[i], now, out);
    if (g->role == PAXOS_LEADER) {
        if (now >= g->heartbeat_ns) leader_tick(g, now, random, out);
    } else if (now >= g->election_ns) {
        election_tick(g, now, random, out);
    }
    paxos_flush(g, now, random, out);
}
