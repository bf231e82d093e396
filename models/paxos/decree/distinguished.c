/*
 * Whose turn it is to propose.
 *
 * "To guarantee progress, a distinguished proposer must be selected as the only one to try issuing
 * proposals" (Paxos Made Simple, section 2.4). Here: nobody; a given node; or the lowest of those
 * that have been heard of lately, which is what a failure detector makes of datagrams, and may be
 * wrong. Two who think so of themselves do no harm but to progress.
 */
#include "paxos/decree/decree_node.h"

int64_t paxos_distinguished_proposer(const struct decree_node *s, int64_t now_ns) {
    const struct decree_config *c = &s->decree.config;
    if (s->distinguished == DISTINGUISHED_NONE) return SIM_NONE;
    if (s->distinguished == DISTINGUISHED_NODE) return s->proposer;
    sim_node lowest = c->self;
    for (int i = 0; i < (int)c->quorum.count; i++) {
        const bool alive = s->heard_ns[i] && now_ns - s->heard_ns[i] < s->suspect_after_ns;
        if (alive && c->quorum.members[i] < lowest) lowest = c->quorum.members[i];
    }
    return lowest;
}

void paxos_distinguished_heard(struct decree_node *s, sim_node from, int64_t now_ns) {
    const int place = paxos_quorum_place(&s->decree.config.quorum, from);
    if (place >= 0) s->heard_ns[place] = now_ns;
}

void paxos_distinguished_tell(struct decree_node *s, const struct sim_event *e,
                              struct sim_out *out) {
    const struct decree_config *c = &s->decree.config;
    if (s->distinguished != DISTINGUISHED_LOWEST_ALIVE) return;
    for (int64_t i = 0; i < c->quorum.count; i++)
        if (c->quorum.members[i] != c->self)
            decree_node_send(
                s, &(struct decree_message){.type = DECREE_ALIVE, .peer = c->quorum.members[i]},
                out);
    sim_arm(out, TIMER_ALIVE, e->now.mono_ns + s->alive_interval_ns);
}
