/*
 * Streams to the other members, one for each two nodes. Whoever starts opens them all, as the other
 * side need not have noticed that the one before is dead; one that goes down is opened again by the
 * node with the lower number, and if that does not, by the other. A member that comes later is met
 * when the membership that names it is applied, or when it speaks.
 */
#include "paxos/multi/node.h"

void paxos_links_open(struct paxos_node *s, struct sim_out *out) {
    for (; s->linked < s->group.peer_count; s->linked++) {
        const struct paxos_peer *p = &s->group.peers[s->linked];
        if (p->node != s->group.config.self && !p->up) sim_connect(out, p->node, PEER_CHANNEL);
    }
}

void paxos_links_again(struct paxos_node *s, int place, struct sim_out *out) {
    const struct paxos_peer *p = &s->group.peers[place];
    if (!p->up) sim_connect(out, p->node, PEER_CHANNEL);
}

void paxos_links_changed(struct paxos_node *s, const struct sim_event *e, struct sim_out *out) {
    paxos_members_meet(&s->group, e->peer.node);
    const int place = paxos_group_place(&s->group, e->peer.node);
    if (place < 0) return;
    const int64_t patience = e->peer.node > s->group.config.self ? 1 : 3;
    if (!e->peer.up)
        sim_arm(out, TIMER_LINK + (uint64_t)place, e->now.mono_ns + patience * s->reconnect_ns);
    paxos_peer_changed(&s->group, e->peer.node, e->peer.up, e->now.mono_ns, &s->output);
}
