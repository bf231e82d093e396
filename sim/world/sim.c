/*
 * The loop: take the next entry, let whoever it belongs to handle it, look whether to go on.
 *
 * Everything that happens in a world happens here, in the order of the queue. Watches look between
 * two instants; predicates (sim.when) are asked after each event, only while there are any.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "world/world.h"

/* ---- the loop ---- */

static void start_popped(struct world *w, uint32_t i) {
    const sim_node node = w->slots[i].node;
    slot_give(w, i);
    w->cause = 0;
    if (w->nodes[node].incarnation == 0)
        node_power_on(w, node); /* else it was started before, and died */
}

static void command_popped(struct world *w, uint32_t i) {
    struct slot *s = &w->slots[i];
    const struct node *n = &w->nodes[s->node];
    if (n->up && n->incarnation == s->incarnation)
        node_arrive(w, i);
    else
        slot_give(w, i); /* a crash has forgotten the command */
}

static void call_popped(struct world *w, uint32_t i) {
    world_callback *call = w->slots[i].call.call;
    void *context = w->slots[i].call.context;
    slot_give(w, i);
    w->cause = 0;
    call(w, context);
}

static void stray_popped(struct world *w, uint32_t i) {
    (void)w;
    (void)i;
    assert(!"the queue holds a slot of a kind that is never queued");
}

static void watches_run(struct world *w, int64_t until) {
    while (w->next_watch_ns <= until && !w->stopped) {
        const int64_t now = w->now;
        w->now = w->next_watch_ns; /* what a watch sees is the state before that instant's events */
        int64_t next = INT64_MAX;
        for (size_t i = 0; i < w->watch_count; i++) {
            struct watch *watch = &w->watches[i];
            if (watch->next_ns == w->now) {
                watch->call(w, watch->context);
                watch->next_ns = add_sat(watch->next_ns, watch->period_ns);
            }
            if (watch->next_ns < next) next = watch->next_ns;
        }
        w->next_watch_ns = next;
        w->now = now;
    }
}

static void whens_ask(struct world *w) {
    for (size_t i = 0; i < w->when_count && !w->stopped;) {
        const struct when when = w->whens[i];
        if (!when.test(w, when.context)) {
            i++;
            continue;
        }
        /* it may have added others behind it: find it again */
        for (size_t k = 0; k < w->when_count; k++)
            if (w->whens[k].test == when.test && w->whens[k].context == when.context) {
                memmove(&w->whens[k], &w->whens[k + 1], (w->when_count - k - 1) * sizeof *w->whens);
                w->when_count--;
                i = k;
                break;
            }
    }
}

/* Now and then: has the run had its events, and has time moved at all since the last look? */
enum { STANDSTILL_EVENTS = 1000000, STANDSTILL_EVENTS_A_NODE = 16 };
static __attribute__((noinline, cold)) void look_around(struct world *w) {
    if (w->events > w->events_max) {
        world_fail(w, WORLD_LIMIT, "the run has had its %lld events", (long long)w->events_max);
        return;
    }
    const int64_t more = STANDSTILL_EVENTS + STANDSTILL_EVENTS_A_NODE * (int64_t)w->node_count;
    if (w->looked_ns == w->now)
        world_fail(w, WORLD_LIMIT,
                   "more than %d events happened at one instant, %.9f s; does something start "
                   "itself again without any delay?",
                   STANDSTILL_EVENTS, (double)w->now / 1e9);
    w->looked_ns = w->now;
    w->events_look = w->events_max - w->events > more ? w->events + more : w->events_max;
}

enum world_end world_run(struct world *w, int64_t until_ns) {
    static void (*const handle[SLOT_KINDS])(struct world *, uint32_t) = {
        [SLOT_FREE] = stray_popped,    [SLOT_DATAGRAM] = datagram_popped,
        [SLOT_STREAM] = stream_popped, [SLOT_OPEN] = stream_open_popped,
        [SLOT_PEER] = stray_popped,    [SLOT_TIMER] = timer_popped,
        [SLOT_DISK] = disk_popped,     [SLOT_CPU] = cpu_popped,
        [SLOT_WORK] = stray_popped,    [SLOT_RELEASE] = stray_popped,
        [SLOT_START] = start_popped,   [SLOT_COMMAND] = command_popped,
        [SLOT_CALL] = call_popped,
    };
    struct queue *q = &w->queue;
    while (queue_count(q) && !w->stopped) {
        const queue_key first = queue_first(q);
        const int64_t t = queue_key_time(first);
        if (t > until_ns) break;
        if (__builtin_expect(t >= w->next_watch_ns, 0)) {
            watches_run(w, t);
            if (w->stopped) break;
        }
        const uint32_t i = queue_key_slot(queue_pop(q));
        const struct slot *soon = &w->slots[queue_key_slot(queue_next_hint(q))];
        __builtin_prefetch(soon);
        __builtin_prefetch((const char *)soon + 64);
        w->now = t;
        w->events++;
        const uint8_t kind = w->slots[i].kind;
        if (__builtin_expect(kind == SLOT_DATAGRAM, 1))
            datagram_popped(w, i);
        else
            handle[kind](w, i);
        __builtin_prefetch(
            w->nodes[soon->node & (NODES_MAX - 1)].state); /* and the node, on the way */
        if (soon->kind == SLOT_STREAM) stream_prefetch(w, soon);
        if (__builtin_expect(w->when_count != 0, 0)) whens_ask(w);
        if (__builtin_expect(w->events > w->events_look, 0)) look_around(w);
    }
    if (w->stopped) return w->end;
    watches_run(w,
                until_ns < INT64_MAX ? until_ns : w->now); /* who says for ever means to the end */
    if (w->stopped) return w->end;
    w->cause = 0; /* what is done from outside has no other cause */
    if (until_ns > w->now && until_ns < INT64_MAX) w->now = until_ns;
    return queue_count(q) ? WORLD_TIME_IS_UP : WORLD_NOTHING_LEFT;
}

void world_fail(struct world *w, enum world_end end, const char *format, ...) {
    if (w->stopped) return; /* the first reason is the reason */
    w->stopped = true;
    w->end = end;
    va_list arguments;
    va_start(arguments, format);
    text_add_list(&w->why, format, arguments);
    va_end(arguments);
}

void world_stop(struct world *w, const char *why) { world_fail(w, WORLD_STOPPED, "%s", why); }

/* ---- building ---- */

struct world *world_create(const struct world_options *options) {
    struct world *w = must_calloc(1, sizeof *w);
    w->options = *options;
    if (!w->options.node_memory_max) w->options.node_memory_max = (size_t)1 << 30;
    const int64_t most = (1 << QUEUE_SLOT_BITS) - SLOTS_RESERVE - 1;
    const int64_t pending =
        options->pending_max > 0 && options->pending_max < most ? options->pending_max : most;
    w->slots_max = (uint32_t)pending;
    const size_t places = (size_t)pending + SLOTS_RESERVE + 1;
    queue_open(&w->queue, places);
    w->slots = region_reserve(places * sizeof *w->slots);
    w->lines = region_reserve(places * sizeof *w->lines);
    w->nodes = region_reserve(NODES_MAX * sizeof *w->nodes); /* so that they never move */
    w->node_keys = region_reserve(NODES_MAX * sizeof *w->node_keys);
    w->slot_free = NONE;
    w->events_max = options->events_max > 0 ? options->events_max : INT64_MAX;
    w->events_look = w->events_max < STANDSTILL_EVENTS ? w->events_max : STANDSTILL_EVENTS;
    w->looked_ns = -1;
    w->next_watch_ns = INT64_MAX;
    w->seed_key =
        random_key_named(random_key(UINT64_C(0x6f7272657279), options->seed), "world", "");
    w->tie_key = random_key_named(w->seed_key, "ties", "");
    w->memory = memory_create("world", 0);
    w->digest = digest_open();
    w->out = sim_out_open(w);
    w->net = net_open();
    w->usual_delay = net_usual_delay(w);
    w->streams = streams_open();
    w->faults = faults_open();
    w->laws = laws_open();
    w->history = history_open();
    return w;
}

void world_destroy(struct world *w) {
    if (!w) return;
    const size_t places = w->slots_max + (size_t)SLOTS_RESERVE + 1;
    for (size_t i = 0; i < w->node_count; i++) node_forget(w, &w->nodes[i]);
    while (w->commands) {
        struct command *next = w->commands->next;
        free(w->commands->args);
        free(w->commands);
        w->commands = next;
    }
    for (size_t i = 0; i < w->host_count; i++) {
        struct host *h = &w->hosts[i];
        cpu_close(h->cpu);
        disk_close(w, h);
        free(h->clock);
        free(h->name);
        free(h->region);
        free(h->zone);
        free(h->rack);
        free(h->nodes);
    }
    while (w->outs_free) {
        struct sim_out *next = w->outs_free->next;
        sim_out_close(w->outs_free);
        w->outs_free = next;
    }
    sim_out_close(w->out);
    digest_close(w->digest);
    net_close(w);
    streams_close(w);
    faults_close(w->faults);
    laws_close(w);
    history_close(w->history);
    queue_close(&w->queue);
    unpoison(w->slots, w->slots_used * sizeof *w->slots); /* whatever the system puts there next */
    region_release(w->slots, places * sizeof *w->slots);
    region_release(w->lines, places * sizeof *w->lines);
    memory_destroy(w->memory);
    text_free(&w->why);
    map_free(&w->node_of);
    region_release(w->nodes, NODES_MAX * sizeof *w->nodes);
    region_release(w->node_keys, NODES_MAX * sizeof *w->node_keys);
    free(w->hosts);
    free(w->watches);
    free(w->whens);
    free(w);
}

struct host_options host_options_default(void) {
    return (struct host_options){
        .clock = {.error_ns = -1},
        .disk = {.read = distribution_lognormal(100000, 400000), /* a datacentre SSD */
                 .write = distribution_constant(5000),           /* into the cache */
                 .sync = distribution_lognormal(1000000, 4000000),
                 .bandwidth = 500000000}};
}

static char *copy_or_null(const char *s) { return s ? must_strdup(s) : NULL; }

sim_host world_add_host(struct world *w, const struct host_options *o) {
    w->hosts = must_grow(w->hosts, &w->host_capacity, w->host_count + 1, sizeof *w->hosts);
    const sim_host at = (sim_host)w->host_count++;
    struct host *h = &w->hosts[at];
    *h = (struct host){.name = copy_or_null(o->name),
                       .region = copy_or_null(o->region),
                       .zone = copy_or_null(o->zone),
                       .rack = copy_or_null(o->rack)};
    char number[16];
    snprintf(number, sizeof number, "#%u", at);
    h->key = random_key_named(w->seed_key, "host", o->name ? o->name : number);
    h->cpu = cpu_open(o->cores);
    h->disk = disk_open(&o->disk);
    /* The monotonic clock began at some boot: what it reads says nothing across hosts. */
    struct random r = {random_key(h->key, 1), 0};
    h->clock = must_calloc(1, sizeof *h->clock);
    *h->clock = (struct clock){.since_ns = w->now,
                               .mono_ns = 1000000000 + draw_below(&r, INT64_C(1000000000000000)),
                               .wall_ns = CLOCK_EPOCH_NS + w->now + o->clock.offset_ns,
                               .drift_ppb = o->clock.drift_ppb,
                               .usual_drift_ppb = o->clock.drift_ppb,
                               .error_ns = o->clock.error_ns,
                               .error_growth_ppb = o->clock.error_growth_ppb,
                               .lie_ns = -1};
    h->clock->error_since_ns = h->clock->mono_ns;
    return at;
}

static void nearest_into(struct text *error, const struct sim_param *params) {
    text_add(error, "; it has");
    for (size_t i = 0; params && params[i].name; i++)
        text_add(error, "%s %s", i ? "," : "", params[i].name);
    if (!params || !params[0].name) text_add(error, " none");
}

/* Settings by name become values in the order of the table, defaults in the gaps. */
static bool params_fill(const struct sim_param *params, const struct knob_setting *settings,
                        size_t count, const char *what, struct sim_value *values,
                        struct text *error) {
    size_t n = 0;
    for (; params && params[n].name; n++) {
        values[n] = (struct sim_value){.number = params[n].usual};
        if (params[n].unit == SIM_NODE) values[n].number = SIM_NONE;
    }
    for (size_t k = 0; k < count; k++) {
        size_t i = 0;
        while (i < n && strcmp(params[i].name, settings[k].name)) i++;
        if (i == n) {
            text_add(error, "%s: no \"%s\"", what, settings[k].name);
            nearest_into(error, params);
            return false;
        }
        const struct sim_param *p = &params[i];
        const int64_t v = settings[k].value.number;
        const bool ranged = p->unit == SIM_CHOICE || p->unit == SIM_BOOL ||
                            (p->unit != SIM_TEXT && p->unit != SIM_NODE && p->unit != SIM_NODES &&
                             (p->min || p->max));
        if (ranged && (v < p->min || v > (p->unit == SIM_BOOL ? 1 : p->max))) {
            text_add(error, "%s: %s is %lld; expected %lld to %lld", what, p->name, (long long)v,
                     (long long)p->min, (long long)p->max);
            return false;
        }
        values[i] = settings[k].value;
    }
    return true;
}

static size_t params_count(const struct sim_param *params) {
    size_t n = 0;
    while (params && params[n].name) n++;
    return n;
}

/* A copy that the node owns: texts and lists of nodes behind the values, in one block. */
static struct sim_value *values_keep(const struct sim_value *values, size_t count) {
    size_t more = 0;
    for (size_t i = 0; i < count; i++)
        more += values[i].text.size + (values[i].nodes ? values[i].count * sizeof(sim_node) : 0) +
                16;
    uint8_t *block = must_calloc(1, count * sizeof *values + more + 16);
    struct sim_value *kept = (struct sim_value *)(void *)block;
    uint8_t *at = block + count * sizeof *values;
    for (size_t i = 0; i < count; i++) {
        kept[i] = values[i];
        if (values[i].nodes && values[i].count) {
            memcpy(at, values[i].nodes, values[i].count * sizeof(sim_node));
            kept[i].nodes = (const sim_node *)(void *)at;
            at += (values[i].count * sizeof(sim_node) + 7) & ~(size_t)7;
        }
        if (values[i].text.size) {
            memcpy(at, values[i].text.data, values[i].text.size);
            kept[i].text.data = at;
            at += (values[i].text.size + 7) & ~(size_t)7;
        }
    }
    return kept;
}

static bool bugs_find(const struct node_options *o, uint64_t *bugs, struct text *error) {
    *bugs = 0;
    for (size_t k = 0; o->bugs && o->bugs[k]; k++) {
        size_t i = 0;
        const struct sim_bug *table = o->model->bugs;
        while (table && table[i].name && strcmp(table[i].name, o->bugs[k])) i++;
        if (!table || !table[i].name) {
            text_add(error, "model %s has no bug switch \"%s\"", o->model->name, o->bugs[k]);
            for (i = 0; table && table[i].name; i++)
                text_add(error, "%s%s", i ? ", " : "; it has ", table[i].name);
            return false;
        }
        *bugs |= UINT64_C(1) << i;
    }
    return true;
}

/* init refuses at once or never: asked here, with the memory that it will have. */
static bool init_agrees(struct node *n, struct text *error) {
    struct text refusal = {0};
    void *state = n->model->init(&n->config, &refusal);
    if (!state)
        text_add(error, "%s: %s", n->model->name, text_string(&refusal));
    else if (n->model->fini)
        n->model->fini(state);
    text_free(&refusal);
    memory_reset(n->memory);
    return state != NULL;
}

sim_node world_add_node(struct world *w, const struct node_options *o, struct text *error) {
    const size_t knobs = params_count(o->model->knobs);
    uint64_t bugs;
    if (world_node_find(w, o->name) != SIM_NOBODY) {
        text_add(error, "there is a node \"%s\" already", o->name);
        return SIM_NOBODY;
    }
    if (w->node_count == NODES_MAX) {
        text_add(error, "a world has at most %d nodes", NODES_MAX);
        return SIM_NOBODY;
    }
    if (!bugs_find(o, &bugs, error)) return SIM_NOBODY;
    struct sim_value *values = must_calloc(knobs + 1, sizeof *values);
    if (!params_fill(o->model->knobs, o->knobs, o->knob_count, o->model->name, values, error)) {
        free(values);
        return SIM_NOBODY;
    }
    const sim_node at = (sim_node)w->node_count;
    struct node *n = &w->nodes[at];
    *n = (struct node){.model = o->model,
                       .key = random_key_named(w->seed_key, "node", o->name),
                       .host = o->host,
                       .clock = w->hosts[o->host].clock,
                       .instant_ns = -1,
                       .disk_ns = -1,
                       .name = must_strdup(o->name),
                       .knobs = values_keep(values, knobs),
                       .memory = memory_create(o->name, w->options.node_memory_max)};
    free(values);
    n->config = (struct sim_config){
        .model = o->model, .self = at, .knobs = n->knobs, .bugs = bugs, .memory = n->memory};
    disk_node_open(n);
    if (!init_agrees(n, error)) {
        node_forget(w, n);
        return SIM_NOBODY;
    }
    if (w->node_count++ == REGION_LARGE / sizeof *w->nodes)
        region_grown(w->nodes, NODES_MAX * sizeof *w->nodes);
    w->node_keys[at] = n->key;
    node_clock_changed(n);
    map_set(&w->node_of, bytes_hash(o->name, strlen(o->name)), at);
    struct host *h = &w->hosts[o->host];
    h->nodes = must_grow(h->nodes, &h->node_capacity, h->node_count + 1, sizeof *h->nodes);
    h->nodes[h->node_count++] = at;
    n->kind = kind_of(w, o->model);
    if (o->off) return at;
    const uint32_t i = slot_take(w);
    struct slot *s = &w->slots[i];
    s->kind = SLOT_START;
    s->flags = 0;
    s->node = at;
    schedule(w, o->start_ns > w->now ? o->start_ns : w->now, i);
    return at;
}

/* ---- acting ---- */

void world_at(struct world *w, int64_t t, world_callback *call, void *context) {
    const uint32_t i = slot_take(w);
    struct slot *s = &w->slots[i];
    s->kind = SLOT_CALL;
    s->flags = 0;
    s->call.call = call;
    s->call.context = context;
    schedule(w, t > w->now ? t : w->now, i);
}

void world_when(struct world *w, world_predicate *test, void *context) {
    w->whens = must_grow(w->whens, &w->when_capacity, w->when_count + 1, sizeof *w->whens);
    w->whens[w->when_count++] = (struct when){test, context};
}

void world_watch(struct world *w, int64_t period_ns, world_callback *call, void *context) {
    w->watches = must_grow(w->watches, &w->watch_capacity, w->watch_count + 1, sizeof *w->watches);
    const int64_t next = (w->now + period_ns - 1) / period_ns * period_ns;
    w->watches[w->watch_count++] = (struct watch){period_ns, next, call, context};
    if (next < w->next_watch_ns) w->next_watch_ns = next;
}

void world_add_sink(struct world *w, struct trace_sink *sink) {
    struct trace_sink **at = &w->sinks;
    while (*at) at = &(*at)->next;
    sink->next = NULL;
    *at = sink;
}

bool world_command(struct world *w, sim_node node, size_t which, const struct knob_setting *args,
                   size_t count, world_reply *reply, void *context, struct text *error) {
    struct node *n = &w->nodes[node];
    const struct sim_table *table = &n->model->commands[which];
    if (!n->up) {
        text_add(error, "%s is down", n->name);
        return false;
    }
    const size_t columns = params_count(table->columns);
    struct sim_value *values = must_calloc(columns + 1, sizeof *values);
    if (!params_fill(table->columns, args, count, table->name, values, error)) {
        free(values);
        return false;
    }
    struct command *c = must_calloc(1, sizeof *c);
    *c = (struct command){.request = ++w->requests,
                          .node = node,
                          .which = which,
                          .args = values_keep(values, columns),
                          .count = columns,
                          .reply = reply,
                          .context = context,
                          .next = w->commands};
    w->commands = c;
    free(values);
    node_command(w, node, c);
    return true;
}
