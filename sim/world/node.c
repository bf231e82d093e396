/*
 * A node: a model's state, its life, and the events that reach it.
 *
 * What arrives while a node is busy or paused waits in its inbox, in order; handling starts when it
 * is ready, and clocks are read then. A step's effects are applied after it returns; those of a
 * busy step are held until its time is over. A crash drops everything that lived in the process at
 * once: state, memory, timers, lanes, inbox, held effects. A slot of an earlier incarnation is
 * dropped when it comes.
 */
#include <stdlib.h>

#include "world/digest.h"

/* ---- a message leaves ---- */

static __attribute__((noinline, cold)) void cannot_send(struct world *w, sim_node from,
                                                        uint32_t i) {
    const struct slot *s = &w->slots[i];
    if (s->node >= w->node_count)
        world_fail(w, WORLD_MODEL_ERROR, "%s sends to node %u, and there are %zu nodes",
                   w->nodes[from].name, s->node, w->node_count);
    else
        world_fail(w, WORLD_MODEL_ERROR, "%s sends on channel %u, and its model has %u",
                   w->nodes[from].name, s->channel, w->nodes[from].kind->channels);
    slot_give(w, i);
}

/* The slot is as sim_send has filled it. */
static inline __attribute__((always_inline)) void send(struct world *w, sim_node from, uint32_t i) {
    const struct kind *kind = w->nodes[from].kind;
    struct slot *s = &w->slots[i];
    if (__builtin_expect(
            s->node >= w->node_count || (kind->channels && s->channel >= kind->channels), 0)) {
        cannot_send(w, from, i);
        return;
    }
    s->peer = from;
    s->number = ++w->messages;
    s->cause = record_send(w, s);
    const bool stream = kind->stream_channels >> (s->channel & 63) & 1;
    s->kind = stream ? SLOT_STREAM : SLOT_DATAGRAM;
    if (stream) {
        stream_send(w, i);
    } else if (__builtin_expect(w->net_special, 0)) {
        net_send(w, i);
    } else { /* nothing but a delay */
        struct random r = {net_draw_key(w, from, s->node), 0};
        schedule(w, add_sat(w->now, distribution_sample_inline(w->usual_delay, &r)), i);
    }
}

static inline void apply_fact(struct world *w, sim_node node, struct sim_fact *fact) {
    fact->node = node;
    fact->true_ns = w->now;
    fact->seq = record_fact(w, fact);
    facts_fold(w, fact);
}

/* ---- handling: one slot becomes one event ---- */

static inline __attribute__((always_inline)) void step_inline(struct world *w, sim_node node,
                                                              struct sim_event *event) {
    struct node *n = node_at_instant(w, node);
    struct random random = {random_key_then(n->key, w->now, n->steps++), 0};
    event->now = node_clocks(w, n);
    event->random = &random;
    struct sim_out *out = w->out;
    sim_out_clear(out);
    out->node = node;
    out->stream_channels = n->kind->stream_channels;
    n->kind->model->step(n->state, event, out);
    if (__builtin_expect(out->busy_ns > 0, 0)) {
        n->busy = true;
        n->held = out;
        w->out = out_take(w);
        cpu_work(w, node, LANE_MAIN, out->busy_ns, 0);
        return;
    }
    struct effect *e = out->effects, *end = e + out->count;
    if (e < end && e->kind == EFFECT_FACT) { /* the commonest answers to a message, in short */
        apply_fact(w, node, &e->fact);
        e++;
    }
    if (__builtin_expect(end - e == 1 && e->kind == EFFECT_SEND && !w->stopped, 1))
        send(w, node, e->send.slot);
    else
        node_apply(w, node, out, (size_t)(e - out->effects));
    sim_out_spent(out);
}

static __attribute__((noinline)) void step(struct world *w, sim_node node,
                                           struct sim_event *event) {
    step_inline(w, node, event);
}

static inline __attribute__((always_inline)) void deliver(struct world *w, struct slot *s) {
    w->cause = record_fate(w, RECORD_DELIVER, s, s->flags & SLOT_CORRUPT ? "corrupt" : NULL);
    struct sim_event event;
    event.kind = SIM_MESSAGE;
    event.message = (struct sim_message){s->peer, s->channel, s->type, slot_bytes(s), s->modelled};
    step_inline(w, s->node, &event);
}

static void handle_message(struct world *w, struct slot *s) {
    if (s->kind == SLOT_STREAM && !stream_carries(w, s))
        record_drop(w, s, "stream is down");
    else
        deliver(w, s);
}

static void handle_timer(struct world *w, struct slot *s) {
    if (!timer_take(w, s)) return;
    w->cause = record_small(w, RECORD_TIMER, s->node, s->cause, (int64_t)s->timer.id, 0);
    struct sim_event event;
    event.kind = SIM_TIMER;
    event.timer.id = s->timer.id;
    step(w, s->node, &event);
}

static void handle_disk(struct world *w, struct slot *s) {
    struct sim_event event;
    event.kind = SIM_DISK;
    if (!disk_take(w, s, &event.disk)) return;
    struct record r = {.cause = s->cause,
                       .kind = RECORD_DISK,
                       .node = s->node,
                       .peer = SIM_NOBODY,
                       .type = event.disk.op,
                       .channel = event.disk.error,
                       .a = (int64_t)event.disk.file,
                       .b = event.disk.modelled_bytes,
                       .bytes = event.disk.bytes};
    w->cause = record_add(w, &r, bytes_hash(event.disk.bytes.data, event.disk.bytes.size));
    step(w, s->node, &event);
    disk_done(w, s);
}

static void handle_work(struct world *w, struct slot *s) {
    w->cause = record_small(w, RECORD_WORK, s->node, s->cause, s->work.lane, (int64_t)s->work.tag);
    struct sim_event event;
    event.kind = SIM_WORK;
    event.work.lane = s->work.lane;
    event.work.tag = s->work.tag;
    step(w, s->node, &event);
}

static void handle_peer(struct world *w, struct slot *s) {
    if (!stream_carries(w, s)) return; /* the node has closed it */
    struct record r = {.cause = s->cause,
                       .kind = RECORD_PEER,
                       .node = s->node,
                       .peer = s->peer,
                       .channel = s->channel,
                       .a = s->peer_news.up,
                       .text = s->peer_news.why};
    w->cause = record_add(w, &r, 0);
    struct sim_event event = {.kind = SIM_PEER, .peer = {s->peer, s->channel, s->peer_news.up}};
    step(w, s->node, &event);
}

static void handle_command(struct world *w, struct slot *s) {
    struct command *c = s->command.command;
    c->asked = true;
    struct sim_event event = {.kind = SIM_COMMAND, .command = {c->which, c->request, c->args}};
    w->cause = s->cause; /* recorded when it was given */
    step(w, s->node, &event);
}

static void handle_start(struct world *w, struct slot *s) {
    struct node *n = &w->nodes[s->node];
    struct sim_file *files;
    struct sim_event event = {.kind = SIM_START};
    event.start.count = disk_files(w, s->node, &files);
    event.start.files = files;
    n->starts++;
    struct record r = {.cause = s->cause,
                       .kind = RECORD_START,
                       .node = s->node,
                       .peer = SIM_NOBODY,
                       .a = (int64_t)event.start.count};
    w->cause = record_add(w, &r, 0);
    step(w, s->node, &event);
    free(files);
}

static void node_handle(struct world *w, uint32_t i) {
    struct slot *s = &w->slots[i];
    switch (s->kind) {
    case SLOT_DATAGRAM:
    case SLOT_STREAM: handle_message(w, s); break;
    case SLOT_TIMER: handle_timer(w, s); break;
    case SLOT_DISK: handle_disk(w, s); break;
    case SLOT_WORK: handle_work(w, s); break;
    case SLOT_PEER: handle_peer(w, s); break;
    case SLOT_COMMAND: handle_command(w, s); break;
    case SLOT_START: handle_start(w, s); break;
    default: assert(!"a slot that no node handles");
    }
    slot_give(w, i);
}

/* ---- arriving and waiting ---- */

void node_arrive(struct world *w, uint32_t i) {
    const sim_node node = w->slots[i].node;
    struct node *n = &w->nodes[node];
    if (__builtin_expect(node_ready(n) && n->inbox_count == 0, 1)) {
        node_handle(w, i);
        return;
    }
    assert(n->up); /* who brings a slot has looked */
    w->slots[i].next = NONE;
    if (n->inbox_count++)
        w->slots[n->inbox_last].next = i;
    else
        n->inbox_first = i;
    n->inbox_last = i;
}

/* The commonest of all, without a detour. */
void node_message(struct world *w, uint32_t i) {
    struct slot *s = &w->slots[i];
    const struct node *n = &w->nodes[s->node];
    if (__builtin_expect(!node_ready(n) || n->inbox_count, 0)) {
        node_arrive(w, i);
        return;
    }
    deliver(w, s);
    slot_give(w, i);
}

void datagram_popped(struct world *w, uint32_t i) {
    if (__builtin_expect(!w->nodes[w->slots[i].node].up || w->net_faulty, 0))
        datagram_meets(w, i);
    else
        node_message(w, i);
}

void node_drain(struct world *w, sim_node node) {
    struct node *n = &w->nodes[node];
    if (n->draining) return;
    n->draining = true;
    while (n->inbox_count && node_ready(n) && !w->stopped) {
        const uint32_t i = n->inbox_first;
        n->inbox_first = w->slots[i].next;
        n->inbox_count--;
        node_handle(w, i);
        n = &w->nodes[node];
    }
    n->draining = false;
}

/* ---- effects ---- */

#define BILLION INT64_C(1000000000)

static const uint8_t *effect_bytes(const struct sim_out *out, size_t at) { return out->bytes + at; }

static void apply_note(struct world *w, sim_node node, const struct sim_out *out,
                       const struct effect *e) {
    int64_t values[SIM_NOTE_VALUES + 1];
    assert(e->note.count > 0); /* its index is the first of them */
    memcpy(values, effect_bytes(out, e->note.at), e->note.count * sizeof *values);
    record_values(w, RECORD_NOTE, node, (uint32_t)values[0], values + 1, e->note.count - 1);
}

static void apply_discipline(struct world *w, sim_node node, const struct sim_discipline *d) {
    struct clock *clock = w->hosts[w->nodes[node].host].clock;
    clock_rebase(clock, w->now);
    if (!clock->frozen) clock->wall_ns = add_sat(clock->wall_ns, d->step_ns);
    clock->rate_ppb = d->rate_ppb > -BILLION ? d->rate_ppb : -BILLION; /* backwards only by steps */
    clock->error_ns = d->error_ns;
    clock->error_growth_ppb = d->error_growth_ppb;
    clock->error_since_ns = clock->mono_ns;
    struct record r = {.cause = w->cause,
                       .kind = RECORD_DISCIPLINE,
                       .node = node,
                       .peer = SIM_NOBODY,
                       .a = d->step_ns,
                       .b = d->rate_ppb,
                       .c = d->error_ns};
    record_add(w, &r, 0);
    host_clock_changed(w, w->nodes[node].host);
}

static void apply_reply(struct world *w, sim_node node, const struct sim_out *out,
                        const struct effect *e) {
    struct command **at = &w->commands;
    while (*at && ((*at)->request != e->reply.request || (*at)->node != node || !(*at)->asked))
        at = &(*at)->next;
    const struct sim_bytes bytes = {effect_bytes(out, e->reply.at), e->reply.size};
    struct record r = {.cause = w->cause,
                       .kind = RECORD_COMMAND,
                       .node = node,
                       .peer = node,
                       .a = (int64_t)e->reply.request,
                       .b = e->reply.ok,
                       .bytes = bytes};
    if (*at) r.type = (uint32_t)(*at)->which;
    record_add(w, &r, bytes_hash(bytes.data, bytes.size));
    if (!*at) return; /* answered twice, or asked of an earlier incarnation */
    struct command *c = *at;
    *at = c->next;
    if (c->reply) { /* it may start other nodes, and a step writes to w->out */
        struct sim_out *mine = w->out;
        w->out = out_take(w);
        c->reply(w, c->context, e->reply.ok, bytes);
        out_give(w, w->out);
        w->out = mine;
    }
    free(c->args);
    free(c);
}

static void apply_operation(struct world *w, sim_node node, const struct sim_out *out,
                            const struct effect *e) {
    const uint8_t *at = effect_bytes(out, e->operation.at);
    if (e->kind == EFFECT_INVOKE) {
        const uint8_t *value =
            effect_bytes(out, (e->operation.at + e->operation.key_size + 7) & ~(size_t)7);
        history_invoke(w, node, e->operation.client, e->operation.operation, e->operation.f,
                       (struct sim_bytes){at, e->operation.key_size},
                       (struct sim_bytes){value, e->operation.value_size});
    } else {
        history_return(w, node, e->operation.operation, e->operation.outcome,
                       (struct sim_bytes){at, e->operation.value_size}, e->operation.version,
                       e->operation.error);
    }
}

void node_apply(struct world *w, sim_node node, struct sim_out *out, size_t from) {
    const uint32_t incarnation = w->nodes[node].incarnation;
    if (w->stopped) sim_out_discard(out, from);
    for (size_t i = from; i < out->count; i++) {
        struct effect *e = &out->effects[i];
        switch (e->kind) {
        case EFFECT_SEND: send(w, node, e->send.slot); break;
        case EFFECT_CONNECT: stream_connect(w, node, e->peer.peer, e->peer.channel); break;
        case EFFECT_CLOSE: stream_close(w, node, e->peer.peer, e->peer.channel); break;
        case EFFECT_ARM: timer_arm(w, node, e->arm.timer, e->arm.reading, false); break;
        case EFFECT_ARM_WALL: timer_arm(w, node, e->arm.timer, e->arm.reading, true); break;
        case EFFECT_DISARM: timer_disarm(w, node, e->arm.timer); break;
        case EFFECT_DISK: {
            struct sim_disk disk = e->disk.disk;
            disk.bytes.data = effect_bytes(out, e->disk.at);
            disk_issue(w, node, &disk);
            break;
        }
        case EFFECT_WORK:
            if (e->work.lane == LANE_MAIN) {
                world_fail(w, WORLD_MODEL_ERROR, "%s works on lane %u, which is the engine's own",
                           w->nodes[node].name, e->work.lane);
                break;
            }
            cpu_work(w, node, e->work.lane, e->work.cpu_ns, e->work.tag);
            break;
        case EFFECT_CANCEL: cpu_cancel(w, node, e->work.lane, e->work.tag); break;
        case EFFECT_DISCIPLINE: apply_discipline(w, node, &e->discipline); break;
        case EFFECT_INVOKE:
        case EFFECT_RETURN: apply_operation(w, node, out, e); break;
        case EFFECT_REPLY: apply_reply(w, node, out, e); break;
        case EFFECT_NOTE: apply_note(w, node, out, e); break;
        case EFFECT_FACT: apply_fact(w, node, &e->fact); break;
        case EFFECT_HALT:
            node_crash(w, node, false, (const char *)effect_bytes(out, e->note.at));
            break;
        case EFFECT_ERROR:
            world_fail(w, WORLD_MODEL_ERROR, "%s: %s", w->nodes[node].name,
                       (const char *)effect_bytes(out, e->note.at));
            break;
        }
        /* A reply's callback may have crashed the node: the rest of its effects die with it. */
        if (__builtin_expect(w->nodes[node].incarnation != incarnation || w->stopped, 0)) {
            sim_out_discard(out, i + 1);
            return;
        }
    }
}

struct sim_out *out_take(struct world *w) {
    struct sim_out *out = w->outs_free;
    if (!out) return sim_out_open(w);
    w->outs_free = out->next;
    return out;
}

void out_give(struct world *w, struct sim_out *out) {
    out->next = w->outs_free;
    w->outs_free = out;
}

/* ---- clocks ---- */

void node_clock_changed(struct node *n) {
    const struct clock *c = n->clock;
    n->shifted = c->drift_ppb == 0 && c->rate_ppb == 0 && !c->frozen && c->error_ns < 0;
    n->mono_shift = c->mono_ns - c->since_ns;
    n->wall_shift = c->wall_ns - c->since_ns;
}

void host_clock_changed(struct world *w, uint32_t host) {
    const struct host *h = &w->hosts[host];
    for (size_t i = 0; i < h->node_count; i++) node_clock_changed(&w->nodes[h->nodes[i]]);
    for (size_t i = 0; i < h->node_count; i++) timers_moved(w, h->nodes[i]);
}

/* ---- life ---- */

void node_power_on(struct world *w, sim_node node) {
    struct node *n = &w->nodes[node];
    if (n->up) return;
    struct text refusal = {0};
    n->state = n->model->init(&n->config, &refusal);
    if (!n->state) {
        world_fail(w, WORLD_MODEL_ERROR, "%s: %s", n->name, text_string(&refusal));
        text_free(&refusal);
        return;
    }
    text_free(&refusal);
    n->up = true;
    const struct host *h = &w->hosts[n->host];
    for (size_t i = 0; i < h->node_count; i++) w->nodes[h->nodes[i]].powered = true;
    n->paused = n->busy = n->draining = false;
    const uint32_t i = slot_take(w);
    struct slot *s = &w->slots[i];
    s->kind = SLOT_START;
    s->flags = 0;
    s->node = node;
    s->incarnation = n->incarnation;
    s->cause = w->cause;
    node_arrive(w, i);
}

static void inbox_clear(struct world *w, struct node *n) {
    while (n->inbox_count) {
        const uint32_t i = n->inbox_first;
        n->inbox_first = w->slots[i].next;
        n->inbox_count--;
        const struct slot *s = &w->slots[i];
        if (s->kind == SLOT_DISK) disk_done(w, &w->slots[i]);
        if (s->kind == SLOT_DATAGRAM || s->kind == SLOT_STREAM) record_drop(w, s, "crash");
        slot_give(w, i);
    }
}

static void commands_forget(struct world *w, sim_node node) {
    for (struct command **at = &w->commands; *at;) {
        struct command *c = *at;
        if (c->node != node) {
            at = &c->next;
            continue;
        }
        *at = c->next;
        free(c->args);
        free(c);
    }
}

void node_crash(struct world *w, sim_node node, bool power, const char *why) {
    struct node *n = &w->nodes[node];
    if (!n->up) {
        if (power) n->powered = false;
        return;
    }
    const int64_t lost = disk_crash_node(w, node, power);
    struct record r = {.cause = w->cause,
                       .kind = RECORD_CRASH,
                       .node = node,
                       .peer = SIM_NOBODY,
                       .a = power,
                       .b = lost,
                       .text = why};
    const int64_t cause = w->cause;
    w->cause = record_add(w, &r, 0);
    n->up = false;
    n->powered = !power;
    n->incarnation++;
    cpu_node_stops(w, node, true);
    timers_clear(n);
    inbox_clear(w, n);
    commands_forget(w, node);
    if (n->held) {
        sim_out_discard(n->held, 0);
        out_give(w, n->held);
        n->held = NULL;
    }
    n->busy = n->paused = false;
    faults_of_life_end(w, node);
    history_crash(w, node);
    streams_crash(w, node, power);
    if (n->model->fini) n->model->fini(n->state);
    n->state = NULL;
    memory_reset(n->memory);
    w->cause = cause;
}

void node_pause(struct world *w, sim_node node) {
    struct node *n = &w->nodes[node];
    if (!n->up || n->paused) return;
    struct record r = {.cause = w->cause, .kind = RECORD_PAUSE, .node = node, .peer = SIM_NOBODY};
    record_add(w, &r, 0);
    n->paused = true;
    cpu_node_stops(w, node, false);
}

void node_resume(struct world *w, sim_node node) {
    struct node *n = &w->nodes[node];
    if (!n->up || !n->paused) return;
    struct record r = {.cause = w->cause, .kind = RECORD_RESUME, .node = node, .peer = SIM_NOBODY};
    record_add(w, &r, 0);
    n->paused = false;
    cpu_node_goes_on(w, node);
    node_drain(w, node);
}

void node_command(struct world *w, sim_node node, struct command *c) {
    struct record r = {.cause = w->cause,
                       .kind = RECORD_COMMAND,
                       .node = node,
                       .peer = SIM_NOBODY,
                       .type = (uint32_t)c->which,
                       .a = (int64_t)c->request};
    int64_t values[16];
    for (size_t i = 0; i < c->count && i < 16; i++) values[r.count++] = c->args[i].number;
    r.values = values;
    uint64_t hash = 0;
    for (size_t i = 0; i < c->count; i++)
        if (c->args[i].text.size)
            hash = random_key(hash, bytes_hash(c->args[i].text.data, c->args[i].text.size));
    const uint32_t i = slot_take(w);
    struct slot *s = &w->slots[i];
    s->kind = SLOT_COMMAND;
    s->flags = 0;
    s->node = node;
    s->incarnation = w->nodes[node].incarnation;
    s->command.command = c;
    s->cause = record_add(w, &r, hash);
    schedule(w, w->now, i);
}

void node_forget(struct world *w, struct node *n) {
    if (n->up && n->model->fini) n->model->fini(n->state);
    memory_destroy(n->memory);
    sim_out_close(n->held);
    disk_node_close(w, n);
    map_free(&n->timer_of);
    map_free(&n->lane_of);
    map_free(&n->operation_of);
    free(n->timers);
    free(n->timers_free);
    free(n->streams);
    free(n->lanes);
    free(n->idle_processes);
    free(n->knobs);
    free(n->name);
}
