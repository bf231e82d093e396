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

void paxos_learn_chosen(struct paxos_group *g) {
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

static bool is_up(const struct paxos_group *g, int64_t node) {
    const int place = node == SIM_NONE ? -1 : paxos_group_place(g, (sim_node)node);
    return place >= 0 && g->peers[place].up;
}

static void ask(struct paxos_group *g, int64_t now, struct paxos_output *out) {
    g->fetch_ns = now + g->patience_ns;
    g->fetch_first = g->commit + 1;
    g->piece_came = false;
    paxos_group_send(g, (sim_node)g->fetch_from,
                     &(struct paxos_message){.type = PAXOS_FETCH,
                                             .ballot = g->leader_ballot,
                                             .commit = g->commit,
                                             .first = g->fetch_first},
                     out);
}

/* A snapshot that has begun goes on where it stands, as long as its sender is there. */
void paxos_learn_fetch(struct paxos_group *g, sim_node from, int64_t now,
                       struct paxos_output *out) {
    if (from == g->config.self) return;
    if (g->snapshot == PAXOS_SNAPSHOT_COMES && is_up(g, g->fetch_from))
        from = (sim_node)g->fetch_from;
    if (g->fetch_from != (int64_t)from || g->fetch_ns == 0)
        paxos_group_note(out, PAXOS_NOTE_FETCH, g->commit + 1, from, 0, 0);
    if (g->fetch_ns == 0) g->patience_ns = g->config.election_max_ns;
    if (g->fetch_from != (int64_t)from) g->snapshot = PAXOS_SNAPSHOT_NONE;
    g->fetch_from = (int64_t)from;
    ask(g, now, out);
}

/* Is it better to ask p? Not one that did not answer, if there is another. */
static bool is_better(const struct paxos_peer *p, const struct paxos_peer *best, int64_t silent) {
    if (!best || (int64_t)best->node == silent) return true;
    return (int64_t)p->node != silent && p->commit > best->commit;
}

/* Of those who are there, whoever knows most. */
void paxos_learn_from_any(struct paxos_group *g, int64_t silent, int64_t now,
                          struct paxos_output *out) {
    const struct paxos_peer *best = NULL;
    bool cut_off = true;
    for (int i = 0; i < g->peer_count; i++) {
        const struct paxos_peer *p = &g->peers[i];
        if (p->up && p->node != g->config.self) cut_off = false;
        if (p->up && p->commit > g->commit && is_better(p, best, silent)) best = p;
    }
    if (best)
        paxos_learn_fetch(g, best->node, now, out);
    else /* a snapshot that has begun waits for its sender, or another, to be reached again */
        g->fetch_ns = cut_off && g->snapshot == PAXOS_SNAPSHOT_COMES ? now + g->patience_ns : 0;
}

void paxos_learn_source_changed(struct paxos_group *g, bool up, int64_t now,
                                struct paxos_output *out) {
    const bool comes = g->snapshot == PAXOS_SNAPSHOT_COMES;
    if (comes && up)
        paxos_learn_fetch(g, (sim_node)g->fetch_from, now, out);
    else if (!up)
        g->fetch_ns = comes ? now + g->patience_ns : 0;
}

/* No answer, yet: on a slow link it takes long, and to ask again and again makes that longer. So
 * each time it waits twice as long; and it asks another, unless that one sends a snapshot. */
void paxos_learn_fetch_again(struct paxos_group *g, int64_t now, struct paxos_output *out) {
    if (g->patience_ns < paxos_patience_max(g)) {
        g->patience_ns *= 2;
    } else {
        g->snapshot = PAXOS_SNAPSHOT_NONE;
        g->fetch_ns = 0;
    }
    const bool comes = g->snapshot == PAXOS_SNAPSHOT_COMES;
    paxos_learn_from_any(g, comes ? SIM_NONE : g->fetch_from, now, out);
}

bool paxos_is_learning(const struct paxos_group *g, int place, int64_t now) {
    const int64_t asked = g->peers[place].asked_ns;
    return asked != SIM_NONE && now - asked < paxos_patience_max(g);
}

void paxos_fetch_received(struct paxos_group *g, const struct paxos_message *m, int64_t now,
                          struct paxos_output *out) {
    const int place = paxos_group_place(g, m->peer);
    if (place < 0) return;
    g->peers[place].asked_ns = now;
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
        const int64_t weight = (int64_t)(most + e->size) + extra + e->extra;
        if (answer.number > 0 && weight > PAXOS_VALUES_BYTES) break;
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
                           struct random *random, struct paxos_output *out) {
    struct paxos_message_entry e;
    const int64_t before = g->commit;
    if (g->leader == (int64_t)m->peer) paxos_leader_waits(g, now, random); /* it is there */
    while (paxos_message_read_entry(m, &e)) {
        if (e.instance != g->commit + 1) continue;
        const struct paxos_entry *known =
            paxos_log_put(&g->log, e.instance, e.ballot, e.value, e.extra);
        g->commit++; /* of which the record tells */
        paxos_stable_accepted(g, e.instance, known, true, out);
    }
    const bool asked = g->fetch_ns && g->fetch_from == (int64_t)m->peer;
    if (g->role == PAXOS_LEADER) paxos_learn_chosen(g);
    if (asked && m->number > 0 && m->commit > g->commit) {
        if (m->first == g->fetch_first) ask(g, now, out); /* for more; else it was asked since */
        return;
    }
    if (asked) paxos_snapshot_ends(g);
    if (m->number == 0 && m->commit > g->commit && g->fetch_ns == 0) {
        paxos_learn_fetch(g, m->peer, now, out); /* it tells of what it knows */
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

void paxos_compact(struct paxos_group *g, int64_t through, int64_t now) {
    assert(through <= g->applied);
    for (int i = 0; i < g->peer_count; i++)
        if (paxos_is_learning(g, i, now) && g->peers[i].commit < through)
            through = g->peers[i].commit;
    paxos_log_cut(&g->log, through);
}

void paxos_snapshot_goes_on(struct paxos_group *g, int64_t now) {
    g->snapshot = PAXOS_SNAPSHOT_COMES;
    g->piece_came = true;
    g->fetch_ns = now + g->patience_ns;
}

/* Nobody is asked for anything until it is durable. */
void paxos_snapshot_is_whole(struct paxos_group *g) {
    g->snapshot = PAXOS_SNAPSHOT_WHOLE;
    g->fetch_from = SIM_NONE;
    g->fetch_ns = INT64_MAX;
}

void paxos_snapshot_ends(struct paxos_group *g) {
    g->snapshot = PAXOS_SNAPSHOT_NONE;
    g->fetch_ns = 0;
}

void paxos_install(struct paxos_group *g, int64_t through, struct reader *configs, int64_t now,
                   struct paxos_output *out) {
    paxos_snapshot_ends(g);
    if (through <= g->applied) return;
    paxos_log_cut(&g->log, through);
    if (through > g->commit) g->commit = through;
    g->applied = through;
    paxos_members_read(g, configs);
    if (g->role == PAXOS_LEADER) paxos_learn_chosen(g); /* what it had counted above it */
    for (int i = 0; i < g->config_count; i++) paxos_members_state(g, i, out);
    paxos_group_note(out, PAXOS_NOTE_INSTALLED, through, 0, 0, 0);
    paxos_members_changed(g, now, out);
    paxos_learn_from_leader(g, g->leader_ballot, g->leader_commit, now, out);
}
