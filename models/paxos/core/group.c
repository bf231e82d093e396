/* Events in; which message goes where. */
#include "paxos/core/group.h"

#include <string.h>

#include "base/memory.h"
#include "paxos/core/facts.h"

void paxos_begin(struct paxos_group *g, const struct paxos_config *config, struct memory *memory) {
    *g = (struct paxos_group){.config = *config,
                              .memory = memory,
                              .log.memory = memory,
                              .found.memory = memory,
                              .grant_to = SIM_NONE,
                              .leader = SIM_NONE,
                              .fetch_from = SIM_NONE,
                              .floor_at = SIM_NONE,
                              .next = 1,
                              .sent = 1,
                              .config_count = 1};
    assert(config->window <= config->alpha);
    g->configs[0].from = 1;
    g->configs[0].quorum = config->quorum;
    paxos_members_meet(g, config->self);
    for (int64_t i = 0; i < config->quorum.count; i++)
        paxos_members_meet(g, config->quorum.members[i]);
}

void paxos_restore(struct paxos_group *g, int64_t through, struct reader *configs) {
    paxos_log_cut(&g->log, through);
    g->commit = g->applied = through;
    paxos_members_read(g, configs);
}

void paxos_start(struct paxos_group *g, int64_t now, struct random *random,
                 struct paxos_output *out) {
    /* A commit that was told, but whose values a gap interrupts, is only known up to the gap. */
    int64_t known = g->log.base;
    while (known < g->commit && paxos_log_find(&g->log, known + 1)) known++;
    g->commit = known;
    for (int i = 0; i < g->config_count; i++) paxos_members_state(g, i, out);
    if (g->promised || g->log.last)
        paxos_group_note(out, PAXOS_NOTE_RECOVERED, g->promised, g->commit, g->log.last,
                         g->log.gaps);
    /* What was granted before is forgotten, so it is waited out (lease.c). */
    if (g->config.leases && !g->config.bugs.lease_forgotten) g->wait_ns = now + g->config.lease_ns;
    paxos_leader_waits(g, now, random);
}

/* ---- output ---- */

void paxos_group_note(struct paxos_output *out, enum paxos_note note, int64_t a, int64_t b,
                      int64_t c, int64_t d) {
    paxos_output_say(out, false, (const int64_t[]){note, a, b, c, d}, 5);
}

void paxos_group_fact(const struct paxos_group *g, struct paxos_output *out, int64_t fact,
                      int64_t a, int64_t b, int64_t c) {
    paxos_output_say(out, true, (const int64_t[]){fact, g->config.group, a, b, c}, 5);
}

void paxos_group_send(const struct paxos_group *g, sim_node to, const struct paxos_message *m,
                      struct paxos_output *out) {
    const int place = paxos_group_place(g, to);
    if (place < 0 || !g->peers[place].up) return;
    struct writer w = paxos_output_writer(out, PAXOS_MESSAGE_BYTES);
    paxos_message_write(&w, m);
    paxos_output_end(out, &out->messages, &w, to, (uint32_t)m->type, 0);
}

/* "If an acceptor ignores a prepare or accept request because it has already received a prepare
 * request with a higher number, then it should probably inform the proposer, who should then
 * abandon its proposal" (Paxos Made Simple, end of section 2.2). */
void paxos_group_reject(const struct paxos_group *g, const struct paxos_message *m, int64_t stands,
                        struct paxos_output *out) {
    paxos_group_send(
        g, m->peer,
        &(struct paxos_message){
            .type = PAXOS_REJECT, .ballot = m->ballot, .commit = g->commit, .number = stands},
        out);
}

int paxos_group_place(const struct paxos_group *g, sim_node node) {
    for (int i = 0; i < g->peer_count; i++)
        if (g->peers[i].node == node) return i;
    return -1;
}

/* ---- input ---- */

static void dispatch(struct paxos_group *g, struct paxos_message *m, int64_t now,
                     struct random *random, struct paxos_output *out) {
    switch (m->type) {
    case PAXOS_PREPARE: paxos_prepare_received(g, m, now, random, out); return;
    case PAXOS_PROMISE: paxos_promise_received(g, m, now, out); return;
    case PAXOS_ACCEPT: paxos_accept_received(g, m, now, random, out); return;
    case PAXOS_ACCEPTED_ALL: paxos_accepted_received(g, m, now, out); return;
    case PAXOS_REJECT: paxos_reject_received(g, m, now, random, out); return;
    case PAXOS_HEARTBEAT: paxos_heartbeat_received(g, m, now, random, out); return;
    case PAXOS_LEADS: paxos_leads_received(g, m, now, random, out); return;
    case PAXOS_HEARD: paxos_heard_received(g, m, now); return;
    case PAXOS_FETCH: paxos_fetch_received(g, m, now, out); return;
    case PAXOS_VALUES: paxos_values_received(g, m, now, random, out); return;
    case PAXOS_TYPES: return;
    }
}

/* Whoever leads is an acceptor, too, and speaks to itself as to the others. True: it had to. */
static bool to_itself(struct paxos_group *g, int64_t now, struct random *random,
                      struct paxos_output *out) {
    size_t kept = 0;
    bool any = false;
    for (size_t i = 0; i < out->messages.count; i++) {
        const struct paxos_piece p = out->messages.list[i];
        struct paxos_message m;
        if (p.to != g->config.self) {
            out->messages.list[kept++] = p;
            continue;
        }
        any = true;
        uint8_t *body = memory_take(g->memory, p.size); /* as the output may grow, and move */
        memcpy(body, out->bytes + p.at, p.size);
        if (paxos_message_read(p.type, g->config.self, (struct sim_bytes){body, p.size}, &m))
            dispatch(g, &m, now, random, out);
        memory_give(g->memory, body, p.size);
    }
    out->messages.count = kept;
    return any;
}

void paxos_flush(struct paxos_group *g, int64_t now, struct random *random,
                 struct paxos_output *out) {
    do {
        paxos_accept_pump(g, out);
        paxos_stable_release(g, out);
    } while (to_itself(g, now, random, out));
}

void paxos_receive(struct paxos_group *g, uint32_t type, sim_node from, struct sim_bytes body,
                   int64_t now, struct random *random, struct paxos_output *out) {
    struct paxos_message m;
    if (!paxos_message_read(type, from, body, &m)) return;
    paxos_members_meet(g, from); /* a member by a membership that is not applied here yet */
    const int place = paxos_group_place(g, from);
    if (place < 0) return;
    g->peers[place].up = true;
    g->peers[place].commit = m.commit; /* less than before, if it has crashed meanwhile */
    dispatch(g, &m, now, random, out);
    paxos_flush(g, now, random, out);
}

void paxos_peer_changed(struct paxos_group *g, sim_node node, bool up, int64_t now,
                        struct paxos_output *out) {
    const int place = paxos_group_place(g, node);
    if (place < 0) return;
    struct paxos_peer *p = &g->peers[place];
    const bool still_down = !p->up && !up; /* a stream was tried in vain */
    p->up = up;
    p->resend_ns = 0;
    if (g->fetch_from == (int64_t)node && !still_down) paxos_learn_source_changed(g, up, now, out);
    if (!up) return;
    if (g->role == PAXOS_FOLLOWER) return;
    if (!(g->promises & paxos_group_bit(g, node)) && paxos_members_any_have(g, node))
        paxos_prepare_ask(g, node, out);
    /* What it has not acknowledged by then was lost with the stream before. */
    if (g->role == PAXOS_LEADER) paxos_leader_sends_again(g, p, g->config.retransmit_ns, now);
}
