/*
 * Requests, and who waits for which instance.
 *
 * Commands wait in a line until the window lets the leader propose them, and are answered when they
 * are applied. A leader that is deposed cannot say what becomes of those it has proposed: that is
 * unknown, and a client that asks again does so as the same session and number, of which the store
 * remembers the answer (kv.h). What was never proposed did not happen, and is sent to the next
 * leader.
 */
#include "base/memory.h"
#include "parts/grow.h"
#include "paxos/multi/node.h"

static void answer(const struct client_response *a, sim_node client, struct sim_out *out) {
    uint8_t body[CLIENT_RESPONSE_BYTES];
    sim_send(out, (struct sim_message){.peer = client,
                                       .channel = CLIENT_CHANNEL,
                                       .type = CLIENT_RESPONSE,
                                       .body = client_response_write(a, body)});
}

static void refuse(sim_node client, int64_t request, enum client_status status, int64_t node,
                   struct sim_out *out) {
    answer(
        &(struct client_response){
            .request = request, .status = status, .value = SIM_NONE, .node = node},
        client, out);
}

/* ---- asked ---- */

static bool reads_here(const struct paxos_node *s, const struct client_request *q, int64_t now) {
    if (!s->ready || !kv_only_reads(q) || q->after > s->group.applied) return false;
    if (s->reads == PAXOS_READS_LOCAL) return true;
    return s->reads == PAXOS_READS_LEASE && paxos_lease_holds(&s->group, now);
}

static void enqueue(struct paxos_node *s, const struct sim_message *m,
                    const struct client_request *q) {
    s->queue = ring_room(s->memory, s->queue, &s->queue_capacity, &s->queue_first, s->queue_count,
                         sizeof *s->queue);
    struct waiting *w = &s->queue[(s->queue_first + s->queue_count++) % s->queue_capacity];
    *w = (struct waiting){.client = m->peer,
                          .request = q->request,
                          .size = 1 + m->body.size,
                          .extra = kv_only_reads(q) ? 0 : q->value_bytes};
    w->value[0] = VALUE_COMMAND;
    memcpy(w->value + 1, m->body.data, m->body.size);
}

void paxos_clients_asked(struct paxos_node *s, const struct sim_event *e, struct sim_out *out) {
    const struct sim_message *m = &e->message;
    const int64_t leader = s->group.leader == (int64_t)s->group.config.self ? SIM_NONE
                                                                            : s->group.leader;
    struct client_request q;
    if (m->type != CLIENT_REQUEST || m->body.size > CLIENT_REQUEST_BYTES ||
        !client_request_read(m->body, &q))
        return;
    if (reads_here(s, &q, e->now.mono_ns)) {
        const struct client_response a = kv_read(&s->kv, &q);
        if (s->reads == PAXOS_READS_LEASE)
            sim_fact(out, PAXOS_READ, s->group.config.group, s->group.applied);
        answer(&a, m->peer, out);
    } else if (!s->ready || s->group.role != PAXOS_LEADER) {
        refuse(m->peer, q.request, CLIENT_REDIRECT, leader, out);
    } else if (s->queue_count == QUEUE_MAX) {
        refuse(m->peer, q.request, CLIENT_RETRY, SIM_NONE, out);
    } else {
        enqueue(s, m, &q);
    }
}

/* ---- proposed ---- */

static struct pending *pending_at(struct paxos_node *s, int64_t instance) {
    return &s->pending[(size_t)instance & (s->pending_capacity - 1)];
}

static void remember(struct paxos_node *s, int64_t instance, sim_node client, int64_t request,
                     bool fill) {
    *pending_at(s, instance) = (struct pending){
        instance, client, request, paxos_log_find(&s->group.log, instance)->hash, fill};
}

static void propose_fill(struct paxos_node *s) {
    uint8_t value[1 + 3 * 8]; /* no two of a run are the same */
    struct writer w = writer_over(value, sizeof value);
    put_u8(&w, VALUE_FILL);
    put_i64(&w, s->group.ballot);
    put_i64(&w, s->group.next);
    put_i64(&w, s->fill.left--);
    const int64_t extra = s->fill.bytes > (int64_t)w.size ? s->fill.bytes - (int64_t)w.size : 0;
    remember(s, paxos_propose(&s->group, (struct sim_bytes){value, w.size}, extra, &s->output), 0,
             0, true);
    s->fill.open++;
}

static bool propose_change(struct paxos_node *s, struct sim_out *out) {
    if (!s->change.waits || !paxos_may_propose(&s->group)) return false;
    paxos_propose(&s->group, (struct sim_bytes){s->change.value, s->change.size}, 0, &s->output);
    paxos_reply_text(out, s->change.request, true, "proposed");
    s->change = (struct change){0};
    return true;
}

/* A membership goes before the requests that wait: a group must be able to change under load. */
bool paxos_clients_propose(struct paxos_node *s, struct sim_out *out) {
    bool any = propose_change(s, out);
    while (s->queue_count > 0 && paxos_may_propose(&s->group)) {
        const struct waiting *w = &s->queue[s->queue_first];
        const int64_t instance =
            paxos_propose(&s->group, (struct sim_bytes){w->value, w->size}, w->extra, &s->output);
        remember(s, instance, w->client, w->request, false);
        s->queue_first = (s->queue_first + 1) % s->queue_capacity;
        s->queue_count--;
        any = true;
    }
    while (s->fill.on && s->fill.left > 0 && s->fill.open < s->fill.in_flight &&
           paxos_may_propose(&s->group)) {
        propose_fill(s);
        any = true;
    }
    return any;
}

/* ---- applied ---- */

static void fill_applied(struct paxos_node *s, struct sim_out *out) {
    if (!s->fill.on) return;
    s->fill.open--;
    if (s->fill.left > 0 || s->fill.open > 0) return;
    s->fill.on = false;
    paxos_reply_text(out, s->fill.request, true, "applied");
}

void paxos_clients_applied(struct paxos_node *s, int64_t instance, struct sim_bytes value,
                           struct sim_out *out) {
    struct pending *p = pending_at(s, instance);
    const bool mine = p->instance == instance && p->hash == paxos_value_hash(value);
    s->commands += mine;
    if ((int)value_kind(value) == VALUE_FILL && mine) fill_applied(s, out);
    if (value_kind(value) == VALUE_COMMAND) {
        const struct client_response a =
            kv_apply(&s->kv, instance, (struct sim_bytes){value.data + 1, value.size - 1});
        if (mine) {
            sim_fact(out, PAXOS_ANSWERED, s->group.config.group, instance);
            answer(&a, p->client, out);
        }
    }
    if (p->instance == instance) *p = (struct pending){0};
}

/* ---- deposed ---- */

void paxos_clients_deposed(struct paxos_node *s, struct sim_out *out) {
    int64_t unknown = 0;
    for (size_t i = 0; i < s->pending_capacity; i++) {
        struct pending *p = &s->pending[i];
        if (p->instance && !p->fill) {
            refuse(p->client, p->request, CLIENT_UNKNOWN, s->group.leader, out);
            unknown++;
        }
        *p = (struct pending){0};
    }
    if (unknown || s->queue_count)
        sim_note(out, NOTE_OPEN_UNKNOWN, unknown, (int64_t)s->queue_count);
    for (; s->queue_count > 0; s->queue_count--) {
        const struct waiting *w = &s->queue[s->queue_first];
        refuse(w->client, w->request, CLIENT_REDIRECT, s->group.leader, out);
        s->queue_first = (s->queue_first + 1) % s->queue_capacity;
    }
    if (s->fill.on) paxos_reply_text(out, s->fill.request, false, "it leads no more");
    s->fill = (struct fill){0};
    if (s->change.waits) paxos_reply_text(out, s->change.request, false, "it leads no more");
    s->change = (struct change){0};
}
