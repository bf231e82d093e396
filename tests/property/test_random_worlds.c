/*
 * Random worlds: hosts, links, faults, and nodes that do anything a model can do.
 *
 * A world is made from a seed and from nothing else, so it can be run again: in this process, in
 * another one, watched or not; the digest must be the same. While it runs, each node checks what
 * the wall promises it; when all is healed and quiet, everything that was in use must be free
 * again. A failure names its seed. ORRERY_SEEDS says how many seeds (60); `test_random_worlds SEED`
 * prints one digest.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "world/world.h"

#define MS INT64_C(1000000)
#define SEC INT64_C(1000000000)
enum { NODES = 8, LATE_NODES = 2, CHANNELS = 3, TIMERS = 8, FILES = 5, STORM_S = 3 };
enum { DO_TICK = 100 }; /* the timer that keeps a node going */

/* ---- what the test knows of a node, which no crash touches ---- */

struct connection { /* of one node, to one peer, on one channel */
    bool up;
    int64_t id, sent;     /* this end's number for it, and messages sent on it */
    int64_t peer_id, got; /* the other end's, from its first message, */
    int64_t peer_id_max;  /* and the last one that was ever seen */
};
struct shadow {
    struct connection to[NODES + LATE_NODES][CHANNELS];
    struct {
        bool armed, wall;
        int64_t reading;
    } timer[TIMERS];
    int64_t issued[FILES + 1], answered[FILES + 1];
    int64_t operations;
    uint64_t requests[4];
    int64_t mono_ns;
};
struct run {
    struct world *w;
    uint64_t seed;
    struct random random; /* of the generator, not of the nodes */
    struct shadow shadow[NODES + LATE_NODES];
    struct sim_model model;
    int64_t connections;
    uint8_t *fates; /* of messages, by number */
    size_t fate_capacity;
    int64_t sends, looks;
    bool quiet;
    char wrong[200]; /* the first promise that was broken */
    struct trace_sink sink;
};
static void broken(struct run *r, const char *what, sim_node node, int64_t a, int64_t b) {
    if (!r->wrong[0])
        snprintf(r->wrong, sizeof r->wrong, "%s: node %u, %lld and %lld, at %lld ns", what, node,
                 (long long)a, (long long)b, (long long)world_now(r->w));
}

/* ---- the model ---- */

struct body {
    struct run *run;
    sim_node self;
};

static void *body_init(const struct sim_config *config, struct text *refusal) {
    (void)refusal;
    struct body *b = memory_take(config->memory, sizeof *b);
    b->run = (void *)(uintptr_t)config->model->context;
    b->self = config->self;
    return b;
}

static void check_message(struct run *r, sim_node self, const struct sim_message *m) {
    if (m->channel == 0) return;
    struct connection *c = &r->shadow[self].to[m->peer][m->channel];
    struct reader in = reader_over(m->body.data, m->body.size);
    const int64_t id = get_i64(&in), number = get_i64(&in);
    if (!c->up) broken(r, "a message came on a stream that is down", self, id, number);
    if (c->got == 0) {
        if (id <= c->peer_id_max)
            broken(r, "a message came from before a reset", self, id, c->peer_id_max);
        c->peer_id = c->peer_id_max = id;
    }
    if (id != c->peer_id) broken(r, "two connections in one", self, id, c->peer_id);
    if (number != c->got) broken(r, "a stream lost its order", self, number, c->got);
    c->got = number + 1;
}

static void check_disk(struct run *r, sim_node self, const struct sim_disk *d) {
    struct shadow *s = &r->shadow[self];
    if (d->file > FILES)
        broken(r, "a file that nobody asked for", self, (int64_t)d->file, 0);
    else if ((int64_t)d->tag <= s->answered[d->file])
        broken(r, "answers of one file changed places", self, (int64_t)d->tag,
               s->answered[d->file]);
    else
        s->answered[d->file] = (int64_t)d->tag;
}

static void check(struct run *r, sim_node self, const struct sim_event *e) {
    struct shadow *s = &r->shadow[self];
    if (e->now.mono_ns < s->mono_ns)
        broken(r, "the monotonic clock went back", self, e->now.mono_ns, s->mono_ns);
    s->mono_ns = e->now.mono_ns;
    if (e->kind == SIM_START) {
        for (size_t i = 0; i < NODES + LATE_NODES; i++)
            for (size_t k = 0; k < CHANNELS; k++) s->to[i][k].up = false;
        memset(s->timer, 0, sizeof s->timer);
        memset(s->requests, 0, sizeof s->requests);
        s->operations = (s->operations / 1000 + 1) * 1000; /* new numbers in a new life */
    } else if (e->kind == SIM_MESSAGE) {
        check_message(r, self, &e->message);
    } else if (e->kind == SIM_PEER) {
        struct connection *c = &s->to[e->peer.node][e->peer.channel];
        if (c->up && e->peer.up) broken(r, "up twice", self, e->peer.node, e->peer.channel);
        c->up = e->peer.up;
        c->sent = c->got = 0;
        if (c->up) c->id = ++r->connections;
    } else if (e->kind == SIM_TIMER && e->timer.id < TIMERS) {
        const int64_t now = s->timer[e->timer.id].wall ? e->now.wall_ns : e->now.mono_ns;
        if (!s->timer[e->timer.id].armed)
            broken(r, "a timer that is not armed", self, (int64_t)e->timer.id, 0);
        if (now < s->timer[e->timer.id].reading)
            broken(r, "a timer came early", self, now, s->timer[e->timer.id].reading);
        s->timer[e->timer.id].armed = false;
    } else if (e->kind == SIM_DISK) {
        check_disk(r, self, &e->disk);
    }
}

static void do_send(struct run *r, sim_node self, sim_node peer, struct random *random,
                    struct sim_out *out) {
    uint8_t body[6000] = {0};
    struct connection *c;
    const uint32_t channel = (uint32_t)draw_below(random, CHANNELS),
                   type = (uint32_t)draw_below(random, 4);
    const int64_t large = draw_below(random, 20);
    int64_t size = draw_below(random, large ? 100 : (int64_t)sizeof body);
    struct writer w = writer_over(body, sizeof body);
    memset(body, (int)large, (size_t)size);
    c = &r->shadow[self].to[peer][channel];
    if (channel && size < 16) size = 16;
    if (channel) {
        put_i64(&w, c->id);
        put_i64(&w, c->sent);
        if (c->up) c->sent++;
    }
    const int64_t modelled = draw_below(random, 3) ? 0 : draw_below(random, 100000);
    sim_send(out, (struct sim_message){.peer = peer,
                                       .channel = channel,
                                       .type = type,
                                       .body = {body, (size_t)size},
                                       .modelled_bytes = modelled});
}

static void do_arm(struct shadow *s, const struct sim_event *e, struct random *random,
                   struct sim_out *out) {
    const uint64_t id = (uint64_t)draw_below(random, TIMERS);
    const int64_t delay = draw_below(random, 60 * MS) - 10 * MS, which = draw_below(random, 5);
    s->timer[id].armed = which > 0;
    s->timer[id].wall = which > 2;
    s->timer[id].reading = (which > 2 ? e->now.wall_ns : e->now.mono_ns) + delay;
    if (which == 0)
        sim_disarm(out, id);
    else if (which > 2)
        sim_arm_wall(out, id, s->timer[id].reading);
    else
        sim_arm(out, id, s->timer[id].reading);
}

static void do_disk(struct shadow *s, struct random *random, struct sim_out *out) {
    static const uint8_t bytes[3000] = {1, 2, 3};
    const uint64_t file = 1 + (uint64_t)draw_below(random, FILES);
    struct sim_disk d = {.op = (enum sim_disk_op)draw_below(random, 6), .file = file};
    if (draw_below(random, 8) == 0) d = (struct sim_disk){.op = SIM_SYNC, .file = SIM_DIRECTORY};
    d.tag = (uint64_t)++s->issued[d.file];
    d.quiet = draw_below(random, 3) == 0;
    if (d.op == SIM_WRITE) {
        d.offset = draw_below(random, 2) ? SIM_APPEND : draw_below(random, 5000);
        d.bytes = (struct sim_bytes){bytes, (size_t)draw_below(random, sizeof bytes)};
        d.modelled_bytes = draw_below(random, 2) ? 0 : draw_below(random, 100000);
    } else if (d.op == SIM_READ) {
        d.offset = draw_below(random, 2000);
        d.size = draw_below(random, 4000);
    } else if (d.op == SIM_TRUNCATE) {
        d.size = draw_below(random, 4000);
    } else if (d.op == SIM_RENAME) {
        d.to_file = 1 + (uint64_t)draw_below(random, FILES);
    }
    sim_disk(out, d);
}

static void do_operation(struct shadow *s, struct random *random, struct sim_out *out) {
    const int64_t operation = ++s->operations, how = draw_below(random, 4);
    const uint8_t key = (uint8_t)draw_below(random, 5);
    sim_invoke(out, operation, "write", (struct sim_bytes){&key, 1}, (struct sim_bytes){&key, 1});
    if (how < 3)
        sim_return(out, operation, (enum sim_outcome)how, (struct sim_bytes){&key, 1},
                   how == 1 ? "no" : NULL);
}

static void do_something(struct run *r, sim_node self, const struct sim_event *e,
                         struct sim_out *out) {
    struct shadow *s = &r->shadow[self];
    struct random *random = e->random;
    const sim_node nodes = (sim_node)world_nodes(r->w);
    sim_node peer = (sim_node)draw_below(random, nodes);
    const int64_t what = draw_below(random, 40);
    const uint32_t channel = 1 + (uint32_t)draw_below(random, CHANNELS - 1);
    const uint32_t lane = (uint32_t)draw_below(random, 4);
    const uint64_t tag = (uint64_t)draw_below(random, 6);
    const int64_t some = draw_below(random, 100000);
    if (what < 12)
        do_send(r, self, peer, random, out);
    else if (what < 15 && peer != self)
        sim_connect(out, peer, channel);
    else if (what == 15) {
        s->to[peer][channel].up = false;
        sim_close(out, peer, channel);
    } else if (what < 22)
        do_arm(s, e, random, out);
    else if (what < 30)
        do_disk(s, random, out);
    else if (what < 33)
        sim_work(out, lane, some * 30, tag);
    else if (what == 33)
        sim_cancel(out, lane, tag);
    else if (what == 34)
        sim_busy(out, some * 40);
    else if (what == 35)
        sim_discipline(out, (struct sim_discipline){some * 20 - MS, 100000 - some, MS, 1000});
    else if (what == 36)
        do_operation(s, random, out);
    else if (what == 37)
        sim_note(out, 0, peer, e->now.mono_ns);
    else if (what == 38)
        sim_fact(out, some % 2, lane, some % 7, self);
    else if (draw_below(random, 12) == 0)
        sim_halt(out, "PANIC: a bad draw");
}

static void answer_one(struct shadow *s, struct random *random, struct sim_out *out) {
    uint64_t *request = &s->requests[draw_below(random, 4)];
    if (!*request) return;
    sim_reply(out, *request, draw_below(random, 2) == 0,
              (struct sim_bytes){(const uint8_t *)"answer", 6});
    *request = 0;
}

static void body_step(void *state, const struct sim_event *e, struct sim_out *out) {
    struct body *b = state;
    struct run *r = b->run;
    struct shadow *s = &r->shadow[b->self];
    check(r, b->self, e);
    if (r->quiet) return;
    if (e->kind == SIM_START || (e->kind == SIM_TIMER && e->timer.id == DO_TICK)) {
        const int64_t pause = draw_below(e->random, 20 * MS);
        sim_arm(out, DO_TICK, e->now.mono_ns + pause);
        for (int64_t n = draw_below(e->random, 4); n >= 0; n--) do_something(r, b->self, e, out);
    } else if (e->kind == SIM_COMMAND) {
        s->requests[e->command.request % 4] = e->command.request;
    } else if (draw_below(e->random, 3) == 0) {
        do_something(r, b->self, e, out);
    }
    answer_one(s, e->random, out);
}

static void body_describe(const void *state, struct text *text) {
    text_add(text, "node %u", ((const struct body *)state)->self);
}
static int64_t body_probe(const void *state, size_t probe, const struct sim_clocks *now) {
    (void)probe;
    return ((const struct body *)state)->self + now->mono_ns;
}

static enum sim_judgement fold(struct sim_fold *f, const struct sim_fact *fact) {
    int64_t *sum = f->state;
    *sum += fact->a;
    if (*sum % 7) return SIM_HELD;
    text_add(f->why, "the sum is %lld", (long long)*sum);
    return SIM_BROKEN;
}
static enum sim_judgement fold_end(struct sim_fold *f) {
    return *(int64_t *)f->state ? SIM_HELD : SIM_NOTHING;
}
static const struct sim_law law = {.name = "Sevens",
                                   .says = "",
                                   .source = "",
                                   .reads = (const char *const[]){"one", "two", NULL},
                                   .state_bytes = 8,
                                   .per_group = true,
                                   .fold = fold,
                                   .finish = fold_end};

static void model_make(struct run *r) {
    static const struct sim_channel channels[] = {
        {"datagram", false}, {"stream", true}, {"stream2", true}, {0}};
    static const struct sim_name names[] = {{"one", "{node} at {ns}"}, {"two", "{}"}, {0}};
    static const struct sim_table commands[] = {{"ask", NULL, ""}, {0}};
    static const struct sim_param probes[] = {{.name = "self"}, {0}};
    r->model = (struct sim_model){.name = "anything",
                                  .summary = "",
                                  .init = body_init,
                                  .step = body_step,
                                  .describe = body_describe,
                                  .probe = body_probe,
                                  .probes = probes,
                                  .channels = channels,
                                  .notes = names,
                                  .facts = names,
                                  .commands = commands,
                                  .context = r};
}

/* ---- the world ---- */

static int64_t pick(struct run *r, int64_t bound) { return draw_below(&r->random, bound); }
static struct distribution some_delay(struct run *r) {
    return pick(r, 2) ? distribution_constant(pick(r, 3) * MS)
                      : distribution_lognormal(MS / 2, MS / 2 + pick(r, 20 * MS));
}
static int64_t rarely(struct run *r) { return pick(r, 3) ? 0 : pick(r, SEC / 5); } /* ppb */

static struct link_settings some_link(struct run *r) {
    struct link_settings link = link_settings_default();
    link.delay = some_delay(r);
    link.bandwidth = pick(r, 2) ? 0 : 1000000 + pick(r, 100000000);
    link.queue_bytes_max = pick(r, 2) ? 0 : 10000 + pick(r, 1000000);
    link.loss_ppb = rarely(r);
    link.duplicate_ppb = rarely(r);
    link.reorder_ppb = rarely(r);
    link.corrupt_ppb = rarely(r);
    link.reset_after_ns = 200 * MS + pick(r, SEC);
    return link;
}

static struct host_options some_host(struct run *r) {
    static const char *const regions[] = {NULL, "east", "west"};
    struct host_options host = host_options_default();
    host.region = regions[pick(r, 3)];
    host.cores = (uint32_t)pick(r, 3);
    host.clock.offset_ns = pick(r, SEC);
    host.clock.drift_ppb = pick(r, 2) ? 0 : pick(r, 200000) - 100000;
    host.clock.error_ns = pick(r, 2) ? -1 : MS;
    host.disk.read = some_delay(r);
    host.disk.write = some_delay(r);
    host.disk.sync = some_delay(r);
    host.disk.bandwidth = pick(r, 2) ? 0 : 1000000 + pick(r, 100000000);
    host.disk.capacity = pick(r, 2) ? 0 : 100000 + pick(r, 1000000);
    host.disk.crash = (enum disk_crash)pick(r, 3);
    host.disk.tears = pick(r, 2);
    host.disk.keeps_dirty = pick(r, 2);
    return host;
}

static void some_fault(struct world *w, void *context) {
    struct run *r = context;
    const sim_node nodes = (sim_node)world_nodes(w);
    struct fault f = {(enum fault_kind)pick(r, FAULT_KINDS), 0, SIM_NOBODY, 0, 0};
    f.a = (sim_node)pick(r, nodes);
    if (f.kind <= FAULT_HOLD) {
        if (pick(r, 3)) f.b = (sim_node)pick(r, nodes);
        if (pick(r, 6) == 0) f.a = SIM_NOBODY;
    }
    switch (f.kind) {
    case FAULT_HOLD:
        f.x = pick(r, 5) - 1;
        f.y = pick(r, 4) - 1;
        break;
    case FAULT_CRASH: f.x = pick(r, 2); break;
    case FAULT_LOSS:
    case FAULT_DUPLICATE:
    case FAULT_REORDER:
    case FAULT_CORRUPT:
    case FAULT_SLOW_CPU:
        f.x = pick(r, SEC);
        if (f.kind == FAULT_REORDER) f.y = pick(r, 50 * MS);
        break;
    case FAULT_DELAY: f.x = pick(r, 100 * MS); break;
    case FAULT_CONGEST: f.x = 100000 + pick(r, 10000000); break;
    case FAULT_DISK_SLOW: f.x = SEC + pick(r, 20 * SEC); break;
    case FAULT_READ_FAILS:
    case FAULT_WRITE_FAILS:
    case FAULT_SYNC_FAILS: f.x = pick(r, 4) - 1; break;
    case FAULT_BIT_ROT:
        f.x = pick(r, 5);
        f.y = pick(r, FILES + 1) - 1;
        break;
    case FAULT_CLOCK_JUMP: f.x = pick(r, 4 * SEC) - 2 * SEC; break;
    case FAULT_CLOCK_DRIFT: f.x = pick(r, 400000000) - 200000000; break;
    case FAULT_CLOCK_LIE: f.x = pick(r, MS); break;
    default: break;
    }
    const size_t index = world_fault(w, &f, true);
    const int64_t then = pick(r, 4);
    if (then == 0 && index > 2) world_heal_one(w, (size_t)pick(r, (int64_t)index));
    if (then == 1)
        world_fault(w, &(struct fault){FAULT_RESTART, (sim_node)pick(r, nodes), SIM_NOBODY, 0, 0},
                    true);
    if (then == 2) world_release(w, f.a, f.b, -1, pick(r, 3));
    if (then == 3) world_heal(w, f.kind, f.a, f.b);
}

static void asked(struct world *w, void *context, bool ok, struct sim_bytes bytes) {
    struct run *r = context;
    if (ok && bytes.size == 6 && pick(r, 4) == 0)
        some_fault(w, r); /* in the middle of somebody's effects */
}
static void some_command(struct world *w, void *context) {
    struct run *r = context;
    struct text error = {0};
    world_command(w, (sim_node)pick(r, (int64_t)world_nodes(w)), 0, NULL, 0, asked, r, &error);
    text_free(&error);
}

static void some_node(struct world *w, void *context) {
    struct run *r = context;
    static const char *const names[] = {"n0", "n1", "n2", "n3", "n4", "n5", "n6", "n7", "n8", "n9"};
    struct text error = {0};
    const struct host_options host = some_host(r);
    const int64_t hosts = (int64_t)w->host_count;
    const sim_host on = hosts && pick(r, 4) == 0 ? (sim_host)pick(r, hosts)
                                                 : world_add_host(w, &host);
    struct node_options node = {.name = names[world_nodes(w)], .model = &r->model, .host = on};
    node.off = pick(r, 10) == 0; /* one draw a statement: C does not say which comes first */
    node.start_ns = pick(r, 2) ? 0 : pick(r, SEC);
    world_add_node(w, &node, &error);
    text_free(&error);
}

static bool after_a_second(struct world *w, void *context) {
    struct run *r = context;
    if (world_now(w) < SEC) return false;
    world_at(w, world_now(w), some_fault, r);
    return true;
}

static void build(struct run *r) {
    struct world *w = r->w;
    struct link_settings link = some_link(r);
    world_link_all(w, &link);
    for (int i = 0; i < NODES; i++) some_node(w, r);
    link = some_link(r);
    if (pick(r, 2)) world_link_regions(w, "east", "west", &link);
    for (int64_t n = pick(r, 10); n > 0; n--) {
        const sim_node from = (sim_node)pick(r, NODES), to = (sim_node)pick(r, NODES);
        link = some_link(r);
        world_link(w, from, to, &link);
    }
    for (int64_t n = pick(r, 60); n > 0; n--) world_at(w, pick(r, STORM_S * SEC), some_fault, r);
    for (int n = 0; n < 50; n++) world_at(w, pick(r, STORM_S * SEC), some_command, r);
    for (int n = 0; n < LATE_NODES; n++) world_at(w, pick(r, STORM_S * SEC), some_node, r);
    world_when(w, after_a_second, r);
}

/* ---- observers ---- */

static void count_fates(void *context, const struct record *rec) {
    struct run *r = context;
    if (rec->kind == RECORD_SEND) r->sends = rec->a;
    if (rec->kind != RECORD_DELIVER && rec->kind != RECORD_DROP) return;
    const size_t had = r->fate_capacity;
    r->fates = must_grow(r->fates, &r->fate_capacity, (size_t)rec->a + 1, 1);
    memset(r->fates + had, 0, r->fate_capacity - had);
    if (r->fates[rec->a] < 255) r->fates[rec->a]++;
    if (rec->channel && r->fates[rec->a] > 1)
        broken(r, "a message of a stream has two fates", rec->node, rec->a, 0);
}

static void look_at_everything(struct world *w, void *context) {
    struct run *r = context;
    struct text text = {0};
    const char *const *measures = world_measures();
    for (sim_node a = 0; a < world_nodes(w); a++) {
        world_node_describe(w, a, &text);
        r->looks += world_probe(w, a, 0) != SIM_NONE;
        for (size_t m = 0; measures[m]; m++) {
            r->looks += world_measure(w, measures[m], a, SIM_NOBODY) != SIM_NONE;
            r->looks += world_measure(w, measures[m], a, 0) != SIM_NONE;
        }
    }
    text_free(&text);
}

/* ---- running ---- */

struct outcome {
    uint64_t digest;
    int64_t events;
    char wrong[200];
};

static void check_the_end(struct run *r) {
    struct world *w = r->w;
    size_t free_slots = 0, waiting = 0;
    for (uint32_t i = w->slot_free; i != NONE; i = w->slots[i].next) free_slots++;
    for (size_t i = 0; i < w->node_count; i++) waiting += w->nodes[i].inbox_count;
    const size_t pending = (size_t)world_pending(w);
    if (free_slots + waiting + pending != w->slots_used)
        broken(r, "slots leaked", 0, (int64_t)(free_slots + waiting + pending), w->slots_used);
    if (pending + waiting) broken(r, "something never ends", 0, (int64_t)pending, (int64_t)waiting);
    if (memory_used(w->memory)) broken(r, "bodies leaked", 0, (int64_t)memory_used(w->memory), 0);
    for (sim_node i = 0; i < w->node_count; i++) {
        const int64_t used = world_measure(w, "disk_bytes", i, SIM_NOBODY);
        if (used < 0) broken(r, "less than nothing on a disk", i, used, 0);
    }
    for (int64_t i = 1; i <= r->sends; i++)
        if ((size_t)i >= r->fate_capacity || r->fates[i] == 0)
            broken(r, "a message has no fate", 0, i, r->sends);
}

static struct outcome run_world(uint64_t seed, bool observed) {
    struct run *r = must_calloc(1, sizeof *r);
    r->seed = seed;
    r->random = (struct random){seed, 0};
    r->w = world_create(&(struct world_options){.seed = seed,
                                                .tie_shuffle = seed % 3 == 0,
                                                .go_on = true,
                                                .events_max = 3000000,
                                                .pending_max = 1000000});
    model_make(r);
    if (observed) {
        r->sink = (struct trace_sink){.record = count_fates, .context = r};
        world_add_sink(r->w, &r->sink);
        world_watch(r->w, 7 * MS, look_at_everything, r);
        world_add_law(r->w, &law);
    }
    build(r);
    world_run(r->w, STORM_S * SEC);
    if (r->w->stopped) broken(r, world_why(r->w), 0, 0, 0);
    r->quiet = true;
    world_heal(r->w, FAULT_KINDS, 0, 0);
    world_run(r->w, 100 * SEC);
    if (observed) world_finish_laws(r->w);
    if (r->w->stopped)
        broken(r, world_why(r->w), 0, 0, 0);
    else if (observed)
        check_the_end(r);
    struct outcome outcome = {world_digest(r->w), world_events(r->w), ""};
    memcpy(outcome.wrong, r->wrong, sizeof outcome.wrong);
    world_destroy(r->w);
    free(r->fates);
    free(r);
    return outcome;
}

static int64_t seeds(void) {
    const char *wanted = getenv("ORRERY_SEEDS");
    return wanted ? strtoll(wanted, NULL, 10) : 60;
}
static void assert_right(uint64_t seed, const struct outcome *o) {
    if (o->wrong[0]) fail_msg("seed %llu: %s", (unsigned long long)seed, o->wrong);
}
static void assert_same(uint64_t seed, uint64_t a, uint64_t b, const char *what) {
    if (a != b)
        fail_msg("seed %llu: %s: digests %016llx and %016llx", (unsigned long long)seed, what,
                 (unsigned long long)a, (unsigned long long)b);
}

static void every_promise_of_the_wall_is_kept_and_nothing_leaks(void **state) {
    (void)state;
    int64_t events = 0;
    for (uint64_t seed = 1; seed <= (uint64_t)seeds(); seed++) {
        const struct outcome o = run_world(seed, true);
        assert_right(seed, &o);
        events += o.events;
    }
    assert_true(events > 1000 * seeds()); /* worlds in which nothing happens prove nothing */
}

static void the_same_seed_gives_the_same_digest_watched_or_not(void **state) {
    (void)state;
    for (uint64_t seed = 1; seed <= (uint64_t)seeds(); seed++) {
        const struct outcome watched = run_world(seed, true), alone = run_world(seed, false),
                             again = run_world(seed, false);
        assert_same(seed, alone.digest, again.digest, "run twice");
        assert_same(seed, watched.digest, alone.digest, "watched and alone");
    }
}

static void another_seed_gives_another_digest(void **state) {
    (void)state;
    const struct outcome one = run_world(1, false), two = run_world(2, false);
    assert_int_not_equal(one.digest, two.digest);
}

static const char *program;

static void another_process_gives_the_same_digest(void **state) {
    (void)state;
    for (uint64_t seed = 1; seed <= (uint64_t)seeds(); seed += 5) {
        char command[512], answer[32] = "";
        snprintf(command, sizeof command, "'%s' %llu", program, (unsigned long long)seed);
        FILE *pipe = popen(command, "r");
        assert_non_null(pipe);
        assert_non_null(fgets(answer, sizeof answer, pipe));
        assert_int_equal(pclose(pipe), 0);
        assert_same(seed, run_world(seed, false).digest, strtoull(answer, NULL, 16),
                    "two processes");
    }
}

int main(int count, char **arguments) {
    program = arguments[0];
    if (count > 1) {
        const struct outcome o = run_world(strtoull(arguments[1], NULL, 10), true);
        printf("%016llx %lld events %s\n", (unsigned long long)o.digest, (long long)o.events,
               o.wrong);
        return 0;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_promise_of_the_wall_is_kept_and_nothing_leaks),
        cmocka_unit_test(the_same_seed_gives_the_same_digest_watched_or_not),
        cmocka_unit_test(another_seed_gives_another_digest),
        cmocka_unit_test(another_process_gives_the_same_digest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
