/*
 * What is chosen becomes known, in order; and catch-up.
 *
 * The leader is the distinguished learner (Paxos Made Simple, section 2.3): it counts acceptances,
 * and tells the others how far all is chosen. What a learner has accepted in this leader's ballot,
 * up to there, is what was chosen. Where it has a gap, or something of an older ballot, it does not
 * know, and asks whoever knows for some of them at a time: the catch-up of Paxos Made Live
 * (section 5.5).
 */
#include "paxos/core/facts.h"
#include "paxos/core/group.h"

void paxos_learn_chosen(struct paxos_group *g, struct paxos_output *out) {
    (void)out;
    for (;;) {
        const struct paxos_entry *e = paxos_log_find(&g->log, g->commit + 1);
        if (!e || !e->chosen) return;
        g->commit++;
    }
}

void paxos_learn_from_leader(struct paxos_group *g, int64_t ballot, int64_t commit, int64_t now,
                             struct paxos_output *out) {
    if (ballot != g->leader_ballot) return;
    if (commit > g->leader_commit) g->leader_commit = commit;
    while (g->commit < g->leader_commit) {
        const struct paxos_entry *e = paxos_log_find(&g->log, g->commit + 1);
        if (!e || e->ballot != ballot) break;
        g->commit++;
    }
    if (g->commit < g->leader_commit && g->fetch_ns == 0 && g->leader != SIM_NONE)
        paxos_learn_fetch(g, (sim_node)g->leader, now, out);
}

/* ---- catch-up ---- */

void paxos_learn_fetch(struct paxos_group *g, sim_node from, int64_t now,
                       struct paxos_output *out) {
    if (from == g->config.self) return;
    if (g->fetch_from != (int64_t)from || g->fetch_ns == 0)
        paxos_group_note(out, PAXOS_NOTE_FETCH, g->commit + 1, from, 0, 0);
    g->fetch_from = (int64_t)from;
    paxos_fetch_goes_on(g, now);
    paxos_group_send(g, from,
                     &(struct paxos_message){.type = PAXOS_FETCH,
                                             .ballot = g->leader_ballot,
                                             .commit = g->commit,
                                             .first = g->commit + 1},
                     out);
}

void paxos_fetch_goes_on(struct paxos_group *g, int64_t now) {
    g->fetch_ns = now + g->config.election_max_ns;
}

void paxos_fetch_received(struct paxos_group *g, const struct paxos_message *m,
                          struct paxos_output *out) {
    if (m->first <= g->log.base) {
        paxos_group_note(out, PAXOS_NOTE_BEHIND_LOG, m->peer, m->first, g->log.base + 1, 0);
        out->snapshot_to = m->peer;
        return;
    }
    struct paxos_message answer = {
        .type = PAXOS_VALUES, .ballot = m->ballot, .commit = g->commit, .first = m->first};
    size_t most = PAXOS_MESSAGE_BYTES;
    int64_t extra = 0;
    for (int64_t i = m->first; i <= g->commit && answer.number < PAXOS_VALUES_MAX; i++) {
        const struct paxos_entry *e = paxos_log_find(&g->log, i);
        assert(e); /* all up to the commit is there */
        answer.number++;
        most += PAXOS_ENTRY_BYTES + e->size;
        extra += e->extra;
    }
    struct writer w = paxos_output_writer(out, most);
    paxos_message_write(&w, &answer);
    for (int64_t i = m->first; i < m->first + answer.number; i++) {
        const struct paxos_entry *e = paxos_log_find(&g->log, i);
        paxos_message_write_entry(
            &w, &(struct paxos_message_entry){i, e->ballot, e->extra, paxos_log_value(e)});
    }
    paxos_output_end(out, &out->messages, &w, m->peer, PAXOS_VALUES, extra);
}

void paxos_values_received(struct paxos_group *g, struct paxos_message *m, int64_t now,
                           struct paxos_output *out) {
    struct paxos_message_entry e;
    const int64_t before = g->commit;
    while (paxos_message_read_entry(m, &e)) {
        if (e.instance != g->commit + 1) continue;
        const struct paxos_entry *known =
            paxos_log_put(&g->log, e.instance, e.ballot, e.value, e.extra);
        paxos_stable_accepted(g, e.instance, known, true, out);
        g->commit++;
    }
    if (g->fetch_from == (int64_t)m->peer) g->fetch_ns = 0;
    if (g->role == PAXOS_LEADER) paxos_learn_chosen(g, out);
    if (m->commit > g->commit && (g->commit > before || (m->number == 0 && g->fetch_ns == 0))) {
        g->fetch_ns = 1; /* the same, which needs no word */
        paxos_learn_fetch(g, m->peer, now, out);
        return;
    }
    if (g->commit > before) paxos_group_note(out, PAXOS_NOTE_CAUGHT_UP, g->commit, m->peer, 0, 0);
    paxos_learn_from_leader(g, g->leader_ballot, g->leader_commit, now, out);
}

/* ---- the state machine takes what is chosen ---- */

int64_t paxos_next(struct paxos_group *g, struct sim_bytes *value, int64_t now,
                   struct random *random, struct paxos_output *out) {
    if (g->applied == g->commit) {
        if (g->role == PAXOS_LEADER && paxos_members_may_leave(g))
            paxos_leader_steps_down(g, PAXOS_NOTE_LEFT, g->commit + 1, now, random, out);
        return 0;
    }
    const struct paxos_entry *e = paxos_log_find(&g->log, g->applied + 1);
    assert(e);
    g->applied++;
    paxos_group_fact(g, out, PAXOS_LEARNED, g->applied, e->hash, 0);
    *value = paxos_log_value(e);
    if (value_kind(*value) == VALUE_MEMBERS) paxos_members_apply(g, g->applied, *value, now, out);
    return g->applied;
}

/* ---- snapshots, which are the node's; here only what the log makes of them ---- */

void paxos_compact(struct paxos_group *g, int64_t through) {
    assert(through <= g->applied);
    paxos_log_cut(&g->log, through);
}

void paxos_install(struct paxos_group *g, int64_t through, struct reader *configs, int64_t now,
                   struct paxos_output *out) {
    g->fetch_ns = 0;
    if (through <= g->applied) return;
    paxos_log_cut(&g->log, through);
    if (through > g->commit) g->commit = through;
    g->applied = through;
    paxos_members_read(g, configs);
    for (int i = 0; i < g->config_count; i++) paxos_members_state(g, i, out);
    paxos_group_note(out, PAXOS_NOTE_INSTALLED, through, 0, 0, 0);
    paxos_members_changed(g, now, out);
    paxos_learn_from_leader(g, g->leader_ballot, g->leader_commit, now, out);
}
