/*
 * One stream to each other member, whoever opens it.
 *
 * A message to a node without a stream is dropped, and a stream is asked for: Raft sends again what
 * matters. When a stream goes down, the core is told that what was in flight there is lost. By
 * datagrams there is none of this: each message is lost, late or doubled by itself, and nobody
 * hears of it.
 */
#include "parts/grow.h"
#include "raft/node.h"

static struct link *link_to(struct node *n, sim_node node) {
    for (size_t i = 0; i < n->link_count; i++)
        if (n->links[i].node == node) return &n->links[i];
    n->links = array_room(n->memory, n->links, &n->link_capacity, n->link_count, sizeof *n->links);
    n->links[n->link_count] = (struct link){.node = node};
    return &n->links[n->link_count++];
}

static void open_link(struct link *link, struct sim_out *out) {
    if (link->up || link->connecting) return;
    link->connecting = true;
    sim_connect(out, link->node, RAFT_CHANNEL);
}

void links_start(struct node *n, struct sim_out *out) {
    if (n->datagrams) return;
    const struct raft_configuration *c = raft_configuration_of(&n->raft);
    const struct raft_set *const sets[] = {&c->voters, &c->outgoing, &c->learners};
    for (size_t s = 0; s < 3; s++)
        for (uint32_t i = 0; i < sets[s]->count; i++)
            if (sets[s]->nodes[i] != n->self) open_link(link_to(n, sets[s]->nodes[i]), out);
}

void link_send(struct node *n, const struct raft_message *m, struct sim_out *out) {
    if (!n->datagrams) {
        struct link *link = link_to(n, m->peer);
        if (!link->up) {
            open_link(link, out);
            return;
        }
    }
    n->body.size = 0;
    raft_message_write(&n->raft, m, &n->body);
    n->messages_sent++;
    n->bytes_sent += (int64_t)n->body.size + m->weight;
    sim_send(out, (struct sim_message){.peer = m->peer,
                                       .channel = n->datagrams ? RAFT_DATAGRAMS : RAFT_CHANNEL,
                                       .type = RAFT_TYPE_FIRST + (uint32_t)m->type,
                                       .body = {n->body.data, n->body.size},
                                       .modelled_bytes = (int64_t)n->body.size + m->weight});
}

void link_peer(struct node *n, const struct sim_event *e, struct sim_out *out) {
    const struct raft_moment now = moment_of(e);
    if (e->peer.channel != RAFT_CHANNEL) return; /* a client's: its requests name it */
    struct link *link = link_to(n, e->peer.node);
    const bool was_up = link->up;
    link->connecting = false;
    link->up = e->peer.up;
    if (link->up) return;
    if (was_up) sim_note(out, NOTE_LINK_DOWN, link->node);
    link->connecting = true; /* after a pause */
    sim_arm(out, timer_id(TIMER_RECONNECT, link->node), e->now.mono_ns + n->reconnect_ns);
    if (n->running) raft_unreachable(&n->raft, &now, link->node);
}

/* Whom nobody needs any more is left alone; who needs it asks again. */
void link_reconnect(struct node *n, sim_node node, struct sim_out *out) {
    struct link *link = link_to(n, node);
    if (link->up) return;
    link->connecting = false;
    if (raft_is_member(raft_configuration_of(&n->raft), node)) open_link(link, out);
}
