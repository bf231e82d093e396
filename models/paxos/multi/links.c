/*
 * Streams to the other members: one for each two nodes, opened by the one with the lower number,
 * and tried again after a while when it is down. A member that comes later is met when the
 * membership that names it is applied, or when it speaks.
 */
#include "paxos/multi/node.h"

void paxos_links_open(struct paxos_node *s, struct sim_out *out) {
    for (; s->linked < s->group.peer_count; s->linked++) {
        const sim_node peer = s->group.peers[s->linked].node;
        if (peer > s->group.config.self) sim_connect(out, peer, PEER_CHANNEL);
    }
}

void paxos_links_changed(struct paxos_node *s, const struct sim_event *e, struct sim_out *out) {
    paxos_members_meet(&s->group, e->peer.node);
    const int place = paxos_group_place(&s->group, e->peer.node);
    if (place < 0) return;
    if (!e->peer.up && e->peer.node > s->group.config.self)
        sim_arm(out, TIMER_LINK + (uint64_t)place, e->now.mono_ns + s->reconnect_ns);
    if (!e->peer.up && s->incoming.capacity && s->incoming.from == e->peer.node)
        s->incoming.size = 0; /* it begins anew, with whoever is asked then */
    paxos_peer_changed(&s->group, e->peer.node, e->peer.up, e->now.mono_ns, &s->output);
}
