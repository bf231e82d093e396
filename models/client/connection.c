/*
 * The client's connection. All its loops share one stream to the target. When it goes down, what
 * was in flight on it has an unknown outcome, and the client connects again: to the next of its
 * targets, after a time that doubles and is spread by chance, so that clients do not return in step
 * (Brooker, "Exponential backoff and jitter").
 *
 * A redirect opens a stream to another node, and leaves the old one open for the answers that are
 * still on their way.
 */
#include "client/client.h"

int64_t backoff_after(const struct client *c, int64_t failures, struct random *random) {
    int64_t wait = c->backoff_ns;
    for (int64_t i = 0; i < failures && wait < c->backoff_max_ns; i++) wait *= 2;
    if (wait > c->backoff_max_ns) wait = c->backoff_max_ns;
    return wait + draw_below(random, wait / 2 + 1);
}

void connection_open(struct client *c, struct sim_out *out) {
    sim_connect(out, c->target, CLIENT_CHANNEL);
}

void connection_retry(struct client *c, const struct sim_event *e, struct sim_out *out) {
    c->connected = false;
    c->target_turn = (c->target_turn + 1) % c->target_count;
    c->target = c->targets[c->target_turn];
    const int64_t wait = backoff_after(c, c->connect_failures++, e->random);
    sim_arm(out, timer_id(TIMER_RECONNECT, 0), e->now.mono_ns + wait);
}

void connection_redirect(struct client *c, int64_t node, const struct sim_event *e,
                         struct sim_out *out) {
    if (!c->connected) return; /* another loop was told so already */
    sim_note(out, NOTE_REDIRECTED, c->target, node);
    if (node == SIM_NONE || node == (int64_t)c->target) {
        connection_retry(c, e, out);
        return;
    }
    c->connected = false;
    c->target = (sim_node)node;
    connection_open(c, out);
}

void connection_peer(struct client *c, const struct sim_event *e, struct sim_out *out) {
    if (e->peer.up) {
        if (e->peer.node != c->target || c->connected) return;
        c->connected = true;
        c->connect_failures = 0;
        sim_disarm(out, timer_id(TIMER_RECONNECT, 0));
        sim_note(out, NOTE_CONNECTED, e->peer.node);
        loops_connected(c, e, out);
        return;
    }
    loops_lost(c, e->peer.node, e, out);
    if (e->peer.node != c->target) return;
    sim_note(out, NOTE_LOST, e->peer.node);
    connection_retry(c, e, out);
}
