/*
 * The workload client: many users in one node, in one of two manners.
 *
 * Closed loop (rate 0): each of `clients` loops thinks, asks, waits for the answer, and begins
 * again. A slow system slows its users down.
 *
 * Open loop (rate > 0): operations arrive by a Poisson process, whatever the system does, and
 * `clients` is the size of the connection pool. An arrival that finds no free connection waits in
 * the client, and that wait counts: latency runs from the arrival, not from the sending. To leave
 * it out is "coordinated omission" (Tene, "How NOT to measure latency"; Schroeder et al., "Open
 * versus closed: a cautionary tale", NSDI 2006).
 *
 * An operation that is not answered in time has an unknown outcome: info in the history. Its loop
 * goes on in a new session with the server, as a driver does that gives up on a connection.
 */
#include "client/client.h"

#include "base/distribution.h"
#include "parts/grow.h"

void *client_init(const struct sim_config *config, struct text *refusal) {
    const struct sim_value *knobs = config->knobs;
    struct client *c = memory_take(config->memory, sizeof *c);
    c->self = config->self;
    c->memory = config->memory;
    if (knobs[KNOB_TARGET].number == SIM_NONE) {
        text_add(refusal, "target: a client needs a node to talk to");
        return NULL;
    }
    c->rate_per_1000s = knobs[KNOB_RATE].number;
    c->think_ns = knobs[KNOB_THINK].number;
    c->timeout_ns = knobs[KNOB_TIMEOUT].number;
    c->backoff_ns = knobs[KNOB_BACKOFF].number;
    c->backoff_max_ns = knobs[KNOB_BACKOFF_MAX].number;
    c->stop_after_ns = knobs[KNOB_STOP].number;
    c->retry_ns = knobs[KNOB_RETRY].number;
    c->value_bytes = knobs[KNOB_VALUE_BYTES].number;
    c->scan_length_max = knobs[KNOB_SCAN_LENGTH].number;
    c->queue_max = (size_t)knobs[KNOB_QUEUE_MAX].number;
    if (!mix_begin(c, knobs, refusal)) return NULL;

    const struct sim_value *others = &knobs[KNOB_OTHERS];
    c->target_count = 1 + others->count;
    c->targets = memory_take(c->memory, c->target_count * sizeof *c->targets);
    c->targets[0] = c->target = (sim_node)knobs[KNOB_TARGET].number;
    for (size_t i = 0; i < others->count; i++) c->targets[1 + i] = others->nodes[i];

    c->loop_count = (size_t)knobs[KNOB_CLIENTS].number;
    c->loops = memory_take(c->memory, c->loop_count * sizeof *c->loops);
    c->idle = memory_take(c->memory, c->loop_count * sizeof *c->idle);
    servers_begin(c, &knobs[KNOB_READ_FROM]);
    return sessions_begin(c, knobs, refusal) ? c : NULL;
}

static void on_start(struct client *c, const struct sim_event *e, struct sim_out *out) {
    if (c->stop_after_ns > 0) c->stop_ns = e->now.mono_ns + c->stop_after_ns;
    c->next_number = 1 + e->now.mono_ns / 1000;
    connection_open(c, e, out);
    replicas_open(c, e, out);
    sessions_start(c);
    for (size_t i = c->loop_count; i-- > 0;) {
        c->loops[i].session = named_by_node(c, c->next_number + (int64_t)i);
        if (c->rate_per_1000s > 0) c->idle[c->idle_count++] = (uint32_t)i;
    }
    c->next_number += (int64_t)c->loop_count;
    if (c->rate_per_1000s > 0) {
        c->next_arrival_ns = e->now.mono_ns;
        sim_arm(out, timer_id(TIMER_ARRIVAL, 0), e->now.mono_ns);
        return;
    }
    for (size_t i = 0; i < c->loop_count; i++) { /* not in step: over one think time, or 1 ms */
        const int64_t spread = c->think_ns > 1000000 ? c->think_ns : 1000000;
        sim_arm(out, timer_id(TIMER_BEGIN, i), e->now.mono_ns + draw_below(e->random, spread));
    }
}

static bool is_over(const struct client *c, const struct sim_event *e) {
    return c->stop_ns > 0 && e->now.mono_ns >= c->stop_ns;
}

/* ---- sending ---- */

/* A request's number is its operation's with the loop's in the low bits, to find it again. */
enum { LOOP_BITS = 17 };

static void send_wish(struct client *c, size_t i, const struct sim_event *e, struct sim_out *out) {
    struct loop *loop = &c->loops[i];
    struct client_request *q = &loop->wish.request;
    loop->state = LOOP_READY;
    if (only_reads(q) && replicas_awaited(c)) return;
    loop->replica = replica_for(c, &loop->wish, e, out);
    if (loop->replica == NOBODY && !c->connected) return;
    loop->state = LOOP_WAITING;
    loop->sent_ns = e->now.mono_ns;
    loop->sent_to = loop->replica == NOBODY ? c->target : c->servers[loop->replica].node;
    q->session = loop->session;
    q->request = (loop->wish.operation << LOOP_BITS) | (int64_t)i;
    q->after = loop->replica == NOBODY ? 0 : version_wanted(c, &loop->wish);
    if (c->retry_ns > 0) {
        q->attempt++;
        sim_arm(out, timer_id(TIMER_AGAIN, i), e->now.mono_ns + c->retry_ns);
    }
    uint8_t bytes[CLIENT_REQUEST_BYTES];
    const struct sim_bytes body = client_request_write(q, bytes);
    sim_send(out, (struct sim_message){.peer = loop->sent_to,
                                       .channel = CLIENT_CHANNEL,
                                       .type = CLIENT_REQUEST,
                                       .body = body,
                                       .modelled_bytes = (int64_t)body.size +
                                                         (only_reads(q) ? 0 : c->value_bytes)});
}

/* The loop takes up a wish. Its timeout runs from here, redirects and reconnects included. */
static void loop_take(struct client *c, size_t i, struct wish wish, const struct sim_event *e,
                      struct sim_out *out) {
    c->loops[i].wish = wish;
    c->in_flight++;
    sim_arm(out, timer_id(TIMER_TIMEOUT, i), e->now.mono_ns + c->timeout_ns);
    send_wish(c, i, e, out);
}

static bool queue_take(struct client *c, struct wish *wish) {
    if (c->queue_count == 0) return false;
    *wish = c->queue[c->queue_head];
    c->queue_head = (c->queue_head + 1) % c->queue_capacity;
    c->queue_count--;
    return true;
}

static bool queue_put(struct client *c, struct wish wish) {
    if (c->queue_count == c->queue_max) return false;
    c->queue = ring_room(c->memory, c->queue, &c->queue_capacity, &c->queue_head, c->queue_count,
                         sizeof *c->queue);
    c->queue[(c->queue_head + c->queue_count++) % c->queue_capacity] = wish;
    return true;
}

/* The loop has nothing in flight any more: `pause_ns` until it may begin again. */
static void loop_free(struct client *c, size_t i, int64_t pause_ns, const struct sim_event *e,
                      struct sim_out *out) {
    struct loop *loop = &c->loops[i];
    loop->state = LOOP_IDLE;
    c->in_flight--;
    sim_disarm(out, timer_id(TIMER_TIMEOUT, i));
    if (c->retry_ns > 0) sim_disarm(out, timer_id(TIMER_AGAIN, i));
    if (c->rate_per_1000s == 0 || pause_ns > 0)
        sim_arm(out, timer_id(TIMER_BEGIN, i), e->now.mono_ns + pause_ns);
    else
        c->idle[c->idle_count++] = (uint32_t)i;
}

static struct ending did_not_happen(const char *error) {
    return (struct ending){SIM_FAILED, SIM_NONE, 0, error};
}

/* Open loop: free connections take up what waits. What has waited too long was never sent. */
static void serve_queue(struct client *c, const struct sim_event *e, struct sim_out *out) {
    struct wish wish;
    while (c->idle_count > 0 && queue_take(c, &wish)) {
        if (e->now.mono_ns - wish.arrived_ns >= c->timeout_ns) {
            wish_end(c, &wish, did_not_happen("no free connection in time"), e, out);
            continue;
        }
        loop_take(c, c->idle[--c->idle_count], wish, e, out);
    }
}

static void on_arrival(struct client *c, const struct sim_event *e, struct sim_out *out) {
    const int64_t mean_ns = INT64_C(1000000000000) / c->rate_per_1000s;
    while (c->next_arrival_ns <= e->now.mono_ns && !is_over(c, e)) {
        const uint32_t user = session_of_arrival(c, e->random);
        const struct wish wish = wish_make(c, user, e, out);
        if (!queue_put(c, wish))
            wish_end(c, &wish, did_not_happen("the client's queue is full"), e, out);
        const uint64_t bits = draw(e->random);
        c->next_arrival_ns += 1 + mul_div(mean_ns, exponential_q32(bits), INT64_C(1) << 32);
    }
    serve_queue(c, e, out);
    if (!is_over(c, e)) sim_arm(out, timer_id(TIMER_ARRIVAL, 0), c->next_arrival_ns);
}

static void on_begin(struct client *c, size_t i, const struct sim_event *e, struct sim_out *out) {
    if (c->rate_per_1000s > 0) { /* a pause after a failure is over */
        c->idle[c->idle_count++] = (uint32_t)i;
        serve_queue(c, e, out);
    } else if (!is_over(c, e)) {
        if (!c->connected && !replica_is_up(c)) { /* nobody asks while the page does not load */
            sim_arm(out, timer_id(TIMER_BEGIN, i), e->now.mono_ns + c->backoff_ns);
            return;
        }
        const struct wish wish = wish_make(c, (uint32_t)i, e, out);
        loop_take(c, i, wish, e, out);
    }
}

/* ---- answers ---- */

static void loop_end(struct client *c, size_t i, struct ending ending, const struct sim_event *e,
                     struct sim_out *out) {
    struct loop *loop = &c->loops[i];
    wish_end(c, &loop->wish, ending, e, out);
    int64_t pause_ns = ending.outcome == SIM_DONE && c->rate_per_1000s > 0 ? 0 : c->think_ns;
    if (ending.outcome == SIM_DONE)
        loop->failures = 0;
    else
        pause_ns += backoff_after(c, loop->failures++, e->random);
    if (ending.outcome == SIM_UNKNOWN) loop->session = named_by_node(c, c->next_number++);
    loop_free(c, i, pause_ns, e, out);
    serve_queue(c, e, out);
}

static struct ending unknown(const char *error) {
    return (struct ending){SIM_UNKNOWN, SIM_NONE, 0, error};
}

static void on_answer(struct client *c, size_t i, const struct client_response *a,
                      const struct sim_event *e, struct sim_out *out) {
    const struct loop *loop = &c->loops[i];
    if (loop->replica == NOBODY) c->redirects = 0;
    if (only_reads(&loop->wish.request)) {
        const uint32_t server = server_of(c, loop->sent_to);
        c->servers[server].reads++;
        if (loop->replica == NOBODY)
            c->primary_reads++;
        else
            c->replica_reads++;
    }
    loop_end(c, i, (struct ending){SIM_DONE, a->value, a->version, NULL}, e, out);
}

/* It did not happen: ask elsewhere, within the same timeout. */
static void on_redirect(struct client *c, size_t i, int64_t node, const struct sim_event *e,
                        struct sim_out *out) {
    struct loop *loop = &c->loops[i];
    loop->state = LOOP_READY;
    if (loop->wish.request.attempt == 1) loop->wish.request.attempt = 0; /* it did not happen */
    if (loop->replica != NOBODY) {
        loop->wish.at_primary = true;
        sim_note(out, NOTE_REPLICA_CANNOT, loop->wish.operation, loop->sent_to, c->target);
    } else if (e->message.peer == c->target) {
        connection_redirect(c, node, e, out);
        return;
    }
    send_wish(c, i, e, out);
}

/* The same request, with the same session and number: whoever has carried it out once tells the
 * answer again (Ongaro's dissertation, section 6.3). A server that may yet answer is left in peace
 * for a backoff; the stream may be another one by then. */
static void ask_again(struct client *c, size_t i, const struct sim_event *e, struct sim_out *out) {
    struct loop *loop = &c->loops[i];
    sim_note(out, NOTE_AGAIN, loop->wish.operation, loop->sent_to, loop->wish.request.attempt + 1);
    loop->state = LOOP_READY;
    sim_arm(out, timer_id(TIMER_AGAIN, i),
            e->now.mono_ns + backoff_after(c, loop->wish.request.attempt - 1, e->random));
}

static void on_again(struct client *c, size_t i, const struct sim_event *e, struct sim_out *out) {
    struct loop *loop = &c->loops[i];
    if (loop->state == LOOP_READY) {
        send_wish(c, i, e, out);
    } else if (loop->state == LOOP_WAITING) {
        const bool silent = loop->replica == NOBODY && loop->sent_to == c->target &&
                            c->heard_ns < loop->sent_ns;
        ask_again(c, i, e, out);
        if (silent) connection_silent(c, e, out);
    }
}

static void on_response(struct client *c, const struct sim_event *e, struct sim_out *out) {
    struct client_response a;
    if (!client_response_read(e->message.body, &a)) return;
    if (e->message.peer == c->target) c->heard_ns = e->now.mono_ns;
    const size_t i = (size_t)(a.request & ((1 << LOOP_BITS) - 1));
    if (i >= c->loop_count || c->loops[i].state == LOOP_IDLE ||
        c->loops[i].wish.request.request != a.request)
        return; /* too late: its user has gone */
    /* Of an earlier attempt only the answer itself is news: that it did not happen there says
     * nothing of another that is under way. */
    const bool late = c->loops[i].state != LOOP_WAITING || e->message.peer != c->loops[i].sent_to;
    if (late && a.status != CLIENT_OK) return;
    if (c->loops[i].wish.request.attempt > 1 &&
        (a.status == CLIENT_FAILED || a.status == CLIENT_RETRY))
        a.status = CLIENT_UNKNOWN;
    switch (a.status) {
    case CLIENT_OK: on_answer(c, i, &a, e, out); return;
    case CLIENT_FAILED:
        sim_note(out, NOTE_REFUSED, c->loops[i].wish.operation, e->message.peer);
        loop_end(c, i, did_not_happen("refused"), e, out);
        return;
    case CLIENT_RETRY:
        sim_note(out, NOTE_CONFLICT, c->loops[i].wish.operation, e->message.peer);
        loop_end(c, i, did_not_happen("serialization failure"), e, out);
        return;
    case CLIENT_UNKNOWN:
        if (c->retry_ns > 0)
            ask_again(c, i, e, out);
        else
            loop_end(c, i, unknown("unknown"), e, out);
        return;
    case CLIENT_REDIRECT: on_redirect(c, i, a.node, e, out); return;
    }
}

void loops_connected(struct client *c, const struct sim_event *e, struct sim_out *out) {
    for (size_t i = 0; i < c->loop_count; i++)
        if (c->loops[i].state == LOOP_READY) send_wish(c, i, e, out);
    serve_queue(c, e, out);
}

void loops_lost(struct client *c, sim_node node, const struct sim_event *e, struct sim_out *out) {
    for (size_t i = 0; i < c->loop_count; i++) {
        if (c->loops[i].state != LOOP_WAITING || c->loops[i].sent_to != node) continue;
        if (c->loops[i].replica == NOBODY && c->retry_ns > 0)
            ask_again(c, i, e, out);
        else if (c->loops[i].replica == NOBODY)
            loop_end(c, i, unknown("connection lost"), e, out);
        else
            send_wish(c, i, e, out);
    }
}

static void on_timeout(struct client *c, size_t i, const struct sim_event *e, struct sim_out *out) {
    struct loop *loop = &c->loops[i];
    if (loop->state == LOOP_IDLE) return;
    const bool sent = loop->state == LOOP_WAITING || /* else no server ever had it */
                      (c->retry_ns > 0 && loop->wish.request.attempt > 0);
    const bool silent = loop->state == LOOP_WAITING && loop->replica == NOBODY &&
                        loop->sent_to == c->target && c->heard_ns < loop->sent_ns &&
                        e->now.mono_ns - loop->sent_ns >= c->timeout_ns;
    sim_note(out, NOTE_TIMEOUT, loop->wish.operation, sent ? loop->sent_to : c->target);
    loop_end(c, i, sent ? unknown("timeout") : did_not_happen("no connection"), e, out);
    if (silent) connection_silent(c, e, out);
}

void client_step(void *state, const struct sim_event *e, struct sim_out *out) {
    struct client *c = state;
    switch (e->kind) {
    case SIM_START: on_start(c, e, out); return;
    case SIM_PEER: connection_peer(c, e, out); return;
    case SIM_MESSAGE:
        if (e->message.type == CLIENT_RESPONSE) on_response(c, e, out);
        return;
    case SIM_TIMER:
        switch ((enum client_timer)(e->timer.id >> 32)) {
        case TIMER_BEGIN: on_begin(c, (size_t)(uint32_t)e->timer.id, e, out); return;
        case TIMER_TIMEOUT: on_timeout(c, (size_t)(uint32_t)e->timer.id, e, out); return;
        case TIMER_AGAIN: on_again(c, (size_t)(uint32_t)e->timer.id, e, out); return;
        case TIMER_ARRIVAL: on_arrival(c, e, out); return;
        case TIMER_RECONNECT: connection_timer(c, e, out); return;
        case TIMER_REPLICA: replica_open(c, (size_t)(uint32_t)e->timer.id, e, out); return;
        }
        return;
    case SIM_DISK:
    case SIM_WORK:
    case SIM_COMMAND: return;
    }
}
