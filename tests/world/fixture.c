#include "world/fixture.h"

#include <stdio.h>
#include <stdlib.h>

struct scripted {
    struct fixture *f;
    sim_node self;
};

static void *scripted_init(const struct sim_config *config, struct text *refusal) {
    (void)refusal;
    struct scripted *s = memory_take(config->memory, sizeof *s);
    s->f = (void *)(uintptr_t)config->model->context;
    s->self = config->self;
    return s;
}

static void keep_event(struct fixture *f, sim_node node, const struct sim_event *e) {
    f->seen = must_grow(f->seen, &f->seen_capacity, f->seen_count + 1, sizeof *f->seen);
    struct seen *seen = &f->seen[f->seen_count++];
    *seen = (struct seen){.t = world_now(f->w), .node = node, .event = *e};
    const struct sim_bytes bytes = e->kind == SIM_MESSAGE ? e->message.body
                                   : e->kind == SIM_DISK  ? e->disk.bytes
                                                          : (struct sim_bytes){NULL, 0};
    const size_t kept = bytes.size < sizeof seen->bytes ? bytes.size : sizeof seen->bytes;
    if (kept) memcpy(seen->bytes, bytes.data, kept);
}

static void scripted_step(void *state, const struct sim_event *e, struct sim_out *out) {
    struct scripted *s = state;
    struct fixture *f = s->f;
    keep_event(f, s->self, e);
    if (e->kind == SIM_COMMAND) {
        const struct fixture_act *act = f->acts[e->command.args[0].number];
        sim_reply(out, e->command.request, true, (struct sim_bytes){NULL, 0});
        act->action(f, e, out, act->arg);
    } else if (s->self < 64 && f->step[s->self]) {
        f->step[s->self](f, s->self, e, out);
    }
}

static void keep_record(void *context, const struct record *r) {
    struct fixture *f = context;
    f->records =
        must_grow(f->records, &f->record_capacity, f->record_count + 1, sizeof *f->records);
    struct noted *n = &f->records[f->record_count++];
    n->record = *r;
    snprintf(n->text, sizeof n->text, "%s", r->text ? r->text : "");
}

static const struct sim_param do_columns[] = {{.name = "act", .unit = SIM_COUNT}, {0}};
static const struct sim_table commands[] = {{"do", do_columns, ""}, {0}};
static const struct sim_channel channels[] = {
    {"datagram", false}, {"stream", true}, {"stream2", true}, {0}};
static const struct sim_name facts[] = {{"told", "{} {} {} {}"}, {"other", "{} {} {} {}"}, {0}};
static const struct sim_name notes[] = {{"note", "{}"}, {0}};

void fixture_open(struct fixture *f, const struct world_options *options) {
    const struct world_options usual = {.seed = 1};
    *f = (struct fixture){.w = world_create(options ? options : &usual)};
    f->model = (struct sim_model){.name = "scripted",
                                  .summary = "",
                                  .init = scripted_init,
                                  .step = scripted_step,
                                  .commands = commands,
                                  .channels = channels,
                                  .facts = facts,
                                  .notes = notes,
                                  .context = f};
    f->sink = (struct trace_sink){.record = keep_record, .context = f};
    world_add_sink(f->w, &f->sink);
    const struct link_settings link = fixture_link();
    world_link_all(f->w, &link);
}

void fixture_close(struct fixture *f) {
    world_destroy(f->w);
    for (size_t i = 0; i < f->act_count; i++) free(f->acts[i]);
    free(f->seen);
    free(f->records);
}

struct host_options fixture_host(void) {
    struct host_options host = host_options_default();
    host.disk = (struct disk_settings){.read = distribution_constant(MS),
                                       .write = distribution_constant(0),
                                       .sync = distribution_constant(MS)};
    return host;
}

struct link_settings fixture_link(void) {
    struct link_settings link = link_settings_default();
    link.delay = distribution_constant(MS);
    return link;
}

sim_node fixture_node_on(struct fixture *f, const char *name, sim_host host, fixture_step *step) {
    struct text error = {0};
    const struct node_options options = {.name = name, .model = &f->model, .host = host};
    const sim_node node = world_add_node(f->w, &options, &error);
    assert_string_equal(text_string(&error), "");
    text_free(&error);
    if (node < 64) f->step[node] = step;
    return node;
}

sim_node fixture_node(struct fixture *f, const char *name, fixture_step *step) {
    const struct host_options host = fixture_host();
    return fixture_node_on(f, name, world_add_host(f->w, &host), step);
}

static void act_now(struct world *w, void *context) {
    const struct fixture_act *act = context;
    struct text error = {0};
    struct knob_setting which = {.name = "act"};
    while (act->f->acts[which.value.number] != act) which.value.number++;
    world_command(w, act->node, 0, &which, 1, NULL, NULL, &error);
    text_free(&error);
}

void fixture_do(struct fixture *f, int64_t t, sim_node node, fixture_action *action, int64_t arg) {
    struct fixture_act *act = must_calloc(1, sizeof *act);
    *act = (struct fixture_act){f, node, action, arg};
    assert_true(f->act_count < sizeof f->acts / sizeof *f->acts);
    f->acts[f->act_count++] = act;
    world_at(f->w, t, act_now, act);
}

size_t fixture_fault(struct fixture *f, enum fault_kind kind, sim_node a, sim_node b, int64_t x,
                     int64_t y) {
    const struct fault fault = {kind, a, b, x, y};
    return world_fault(f->w, &fault, false);
}

struct planned {
    struct fault fault;
    bool heals;
};

static void planned_now(struct world *w, void *context) {
    struct planned *p = context;
    if (p->heals)
        world_heal(w, p->fault.kind, p->fault.a, p->fault.b);
    else
        world_fault(w, &p->fault, false);
}

static void plan(struct fixture *f, int64_t t, struct fault fault, bool heals) {
    struct planned *p = memory_take(f->w->memory, sizeof *p);
    *p = (struct planned){fault, heals};
    world_at(f->w, t, planned_now, p);
}

void fixture_fault_at(struct fixture *f, int64_t t, enum fault_kind kind, sim_node a, sim_node b,
                      int64_t x, int64_t y) {
    plan(f, t, (struct fault){kind, a, b, x, y}, false);
}

void fixture_heal_at(struct fixture *f, int64_t t, enum fault_kind kind, sim_node a, sim_node b) {
    plan(f, t, (struct fault){kind, a, b, 0, 0}, true);
}

size_t seen_count(const struct fixture *f, sim_node node, enum sim_event_kind kind) {
    size_t count = 0;
    for (size_t i = 0; i < f->seen_count; i++)
        count += f->seen[i].node == node && f->seen[i].event.kind == kind;
    return count;
}

const struct seen *seen_nth(const struct fixture *f, sim_node node, enum sim_event_kind kind,
                            size_t n) {
    for (size_t i = 0; i < f->seen_count; i++)
        if (f->seen[i].node == node && f->seen[i].event.kind == kind && n-- == 0)
            return &f->seen[i];
    fail_msg("node %u has had only %zu events of kind %d", node, seen_count(f, node, kind), kind);
    return NULL;
}

size_t record_count(const struct fixture *f, enum record_kind kind, const char *text) {
    size_t count = 0;
    for (size_t i = 0; i < f->record_count; i++)
        count += f->records[i].record.kind == kind && (!text || !strcmp(f->records[i].text, text));
    return count;
}

void assert_no_slot_leaks(struct world *w) {
    size_t free_slots = 0, inboxes = 0;
    for (uint32_t i = w->slot_free; i != NONE; i = w->slots[i].next) {
        assert_int_equal(w->slots[i].kind, SLOT_FREE);
        free_slots++;
        assert_true(free_slots <= w->slots_used);
    }
    for (size_t i = 0; i < w->node_count; i++) inboxes += w->nodes[i].inbox_count;
    assert_int_equal(free_slots + inboxes + queue_count(&w->queue), w->slots_used);
}

/* ---- actions ---- */

int64_t to_channel(sim_node to, uint32_t channel, uint32_t type) {
    return (int64_t)((uint64_t)to << 32 | channel << 24 | type);
}

void send_one(struct fixture *f, const struct sim_event *e, struct sim_out *out, int64_t arg) {
    (void)f;
    (void)e;
    const uint8_t type = (uint8_t)arg;
    sim_send(out, (struct sim_message){.peer = (sim_node)(arg >> 32),
                                       .channel = (uint32_t)(arg >> 24 & 255),
                                       .type = (uint32_t)(arg & 0xffffff),
                                       .body = {&type, 1}});
}

void connect_to(struct fixture *f, const struct sim_event *e, struct sim_out *out, int64_t arg) {
    (void)f;
    (void)e;
    sim_connect(out, (sim_node)(arg >> 32), (uint32_t)(arg >> 24 & 255));
}

void close_to(struct fixture *f, const struct sim_event *e, struct sim_out *out, int64_t arg) {
    (void)f;
    (void)e;
    sim_close(out, (sim_node)(arg >> 32), (uint32_t)(arg >> 24 & 255));
}

void halt_now(struct fixture *f, const struct sim_event *e, struct sim_out *out, int64_t arg) {
    (void)f;
    (void)e;
    (void)arg;
    sim_halt(out, "told to");
}
