/*
 * The client's connections: one stream to a server, which all its users share.
 *
 * The target's: when it goes down, what was in flight on it has an unknown outcome, and the client
 * connects again: to the next of its targets, after a time that doubles and is spread by chance, so
 * that clients do not return in step (Brooker, "Exponential backoff and jitter"). A redirect opens
 * a stream to another node, and leaves the old one open for the answers that are still on their
 * way; a stream that is open already is used at once.
 *
 * A replica's: each is connected to again by itself, with a backoff of its own. What was in flight
 * on it were reads, which change nothing: they are asked again elsewhere (session.c says where).
 *
 * A node may be both, and has one stream all the same.
 */
#include "client/client.h"

int64_t backoff_after(const struct client *c, int64_t failures, struct random *random) {
    int64_t wait = c->backoff_ns;
    for (int64_t i = 0; i < failures && wait < c->backoff_max_ns; i++) wait *= 2;
    if (wait > c->backoff_max_ns) wait = c->backoff_max_ns;
    return wait + draw_below(random, wait / 2 + 1);
}

/* ---- servers ---- */

uint32_t server_of(struct client *c, sim_node node) {
    for (uint32_t i = 0; i < c->server_count; i++)
        if (c->servers[i].node == node) return i;
    const size_t size = c->server_count * sizeof *c->servers;
    c->servers = memory_resize(c->memory, c->servers, size, size + sizeof *c->servers);
    c->servers[c->server_count] = (struct server){.node = node};
    return (uint32_t)c->server_count++;
}

void servers_begin(struct client *c, const struct sim_value *replicas) {
    c->replica_count = replicas->count;
    c->replicas = memory_take(c->memory, c->replica_count * sizeof *c->replicas);
    for (size_t i = 0; i < c->replica_count; i++) {
        c->replicas[i] = server_of(c, replicas->nodes[i]);
        c->servers[c->replicas[i]].replica = true;
    }
}

/* ---- the target ---- */

/* Somebody else to ask: also whoever had sent it here. */
static bool has_another(const struct client *c) {
    return c->target_count > 1 || c->target != c->targets[0];
}

static void target_up(struct client *c, const struct sim_event *e, struct sim_out *out) {
    c->connected = true;
    c->connecting = false;
    c->connect_failures = 0;
    sim_disarm(out, timer_id(TIMER_RECONNECT, 0));
    sim_note(out, NOTE_CONNECTED, c->target);
    loops_connected(c, e, out);
}

void connection_open(struct client *c, const struct sim_event *e, struct sim_out *out) {
    const uint32_t server = server_of(c, c->target);
    if (c->servers[server].up) { /* its stream was left open, or is a replica's */
        target_up(c, e, out);
        return;
    }
    c->connecting = true;
    sim_connect(out, c->target, CLIENT_CHANNEL);
    const int64_t patience_ns = c->retry_ns > 0 ? c->retry_ns : c->timeout_ns;
    if (has_another(c)) /* a host that is away refuses nothing either */
        sim_arm(out, timer_id(TIMER_RECONNECT, 0), e->now.mono_ns + patience_ns);
}

static void connection_retry(struct client *c, const struct sim_event *e, struct sim_out *out) {
    const sim_node before = c->target; /* perhaps one that it was redirected to */
    c->connected = c->connecting = false;
    for (size_t i = 0; i < c->target_count && (i == 0 || c->target == before); i++) {
        c->target_turn = (c->target_turn + 1) % c->target_count;
        c->target = c->targets[c->target_turn];
    }
    const int64_t wait = backoff_after(c, c->connect_failures++, e->random);
    sim_arm(out, timer_id(TIMER_RECONNECT, 0), e->now.mono_ns + wait);
}

/* A host without power resets no connection: who waits for it notices by its timeouts. */
static sim_node leave_silent(struct client *c, const struct sim_event *e, struct sim_out *out) {
    const sim_node silent = c->target;
    connection_retry(c, e, out);
    sim_note(out, NOTE_SILENT, silent, c->target);
    sim_close(out, silent, CLIENT_CHANNEL);
    return silent;
}

void connection_timer(struct client *c, const struct sim_event *e, struct sim_out *out) {
    if (c->connecting)
        leave_silent(c, e, out);
    else
        connection_open(c, e, out);
}

/* A client that has another server to try tries it. */
void connection_silent(struct client *c, const struct sim_event *e, struct sim_out *out) {
    if (!has_another(c) || !c->connected) return;
    const sim_node silent = leave_silent(c, e, out);
    c->servers[server_of(c, silent)].up = false;
    loops_lost(c, silent, e, out);
}

/* Servers that send clients to each other get a pause after so many redirects without an answer. */
enum { REDIRECTS_MAX = 4 };

void connection_redirect(struct client *c, int64_t node, const struct sim_event *e,
                         struct sim_out *out) {
    if (!c->connected) return; /* another loop was told so already */
    sim_note(out, NOTE_REDIRECTED, c->target, node);
    if (node == SIM_NONE || node == (int64_t)c->target || ++c->redirects > REDIRECTS_MAX) {
        c->redirects = 0;
        connection_retry(c, e, out);
        return;
    }
    c->connected = false;
    c->target = (sim_node)node;
    connection_open(c, e, out);
}

/* ---- replicas ---- */

/* Reads wait for the first replica to come up, but no longer than this. */
void replicas_open(struct client *c, const struct sim_event *e, struct sim_out *out) {
    for (size_t i = 0; i < c->replica_count; i++) {
        sim_connect(out, c->servers[c->replicas[i]].node, CLIENT_CHANNEL);
        sim_arm(out, timer_id(TIMER_REPLICA, c->replicas[i]), e->now.mono_ns + c->backoff_max_ns);
    }
}

void replica_open(struct client *c, size_t server, const struct sim_event *e, struct sim_out *out) {
    sim_connect(out, c->servers[server].node, CLIENT_CHANNEL); /* nothing if it is connecting yet */
    if (c->servers[server].tried) return;
    c->servers[server].tried = true;
    loops_connected(c, e, out);
}

static void replica_up(struct client *c, uint32_t server, const struct sim_event *e,
                       struct sim_out *out) {
    c->servers[server].failures = 0;
    sim_disarm(out, timer_id(TIMER_REPLICA, server));
    sim_note(out, NOTE_REPLICA_UP, c->servers[server].node);
    loops_connected(c, e, out);
}

static void replica_down(struct client *c, uint32_t server, const struct sim_event *e,
                         struct sim_out *out) {
    sim_note(out, NOTE_REPLICA_LOST, c->servers[server].node);
    const int64_t wait = backoff_after(c, c->servers[server].failures++, e->random);
    sim_arm(out, timer_id(TIMER_REPLICA, server), e->now.mono_ns + wait);
}

/* ---- news of a stream ---- */

void connection_peer(struct client *c, const struct sim_event *e, struct sim_out *out) {
    const uint32_t i = server_of(c, e->peer.node);
    const bool replica = c->servers[i].replica, is_target = e->peer.node == c->target;
    c->servers[i].up = e->peer.up;
    c->servers[i].tried = true;
    if (e->peer.up) {
        if (is_target && !c->connected) target_up(c, e, out);
        if (replica) replica_up(c, i, e, out);
        return;
    }
    if (is_target) c->connected = false;
    loops_lost(c, e->peer.node, e, out);
    if (replica) replica_down(c, i, e, out);
    if (!is_target) return;
    sim_note(out, NOTE_LOST, e->peer.node);
    connection_retry(c, e, out);
}
