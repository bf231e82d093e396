/*
 * A world of models in a few lines: nodes on hosts of their own, knobs by name, faults and views by
 * a word each. Times are in milliseconds, to keep tests short. Owner of the world: fixture_end.
 */
#ifndef TESTS_MODELS_FIXTURE_H
#define TESTS_MODELS_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "registry.h"
#include "world/sim.h"

#define MS INT64_C(1000000)

struct note_seen {
    const char *name;
    sim_node node;
    int64_t count;
    int64_t first_ns, last_ns;
};
struct fixture {
    struct world *world;
    struct host_options host; /* of the nodes that follow */
    struct trace_sink sink;
    struct note_seen notes[256];
    size_t note_count;
    struct text reply; /* the last command's */
    bool replied, reply_ok;
    int64_t outcomes[3]; /* returns, by enum sim_outcome */
    int64_t latency_sum_ns, latency_max_ns;
    const char *may_break; /* a law; NULL: none */
    int64_t facts[32]; /* of a postgres model, by enum pg_fact: how many */
};

static inline void fixture_note(struct fixture *f, const struct record *r) {
    const struct sim_model *model = world_node_model(f->world, r->node);
    const char *name = model->notes[r->type].name;
    size_t i = 0;
    while (i < f->note_count && (f->notes[i].node != r->node || f->notes[i].name != name)) i++;
    assert_true(i < sizeof f->notes / sizeof *f->notes);
    if (i == f->note_count)
        f->notes[f->note_count++] = (struct note_seen){name, r->node, 0, r->t, 0};
    f->notes[i].count++;
    f->notes[i].last_ns = r->t;
}

static inline void fixture_record(void *context, const struct record *r) {
    struct fixture *f = context;
    if (r->kind == RECORD_NOTE) fixture_note(f, r);
    if (r->kind == RECORD_FACT && r->type < 32) f->facts[r->type]++;
    if (r->kind != RECORD_RETURN) return;
    f->outcomes[r->type]++;
    if (r->type != SIM_DONE) return;
    f->latency_sum_ns += r->values[0];
    if (r->values[0] > f->latency_max_ns) f->latency_max_ns = r->values[0];
}

static inline void fixture_begin(struct fixture *f, uint64_t seed) {
    *f = (struct fixture){.host = host_options_default()};
    f->world = world_create(&(struct world_options){.seed = seed});
    f->sink = (struct trace_sink){.record = fixture_record, .context = f};
    world_add_sink(f->world, &f->sink);
}
/* For worlds with two primaries: that law's breach is wanted, and does not end them. */
static inline void law_may_break(struct fixture *f, const char *name) {
    for (size_t i = 0; i < world_laws(f->world); i++)
        if (strcmp(world_law(f->world, i).law->name, name) == 0) world_law_goes_on(f->world, i);
    f->may_break = name;
}
static inline void fixture_end(struct fixture *f) {
    text_free(&f->reply);
    world_destroy(f->world);
}

static inline struct knob_setting knob(const char *name, int64_t number) {
    return (struct knob_setting){name, {.number = number}};
}
static inline struct knob_setting words(const char *name, const char *text) {
    return (struct knob_setting){name, {.text = {(const uint8_t *)text, text ? strlen(text) : 0}}};
}
#define KNOBS(...) ((const struct knob_setting[]){__VA_ARGS__, {NULL, {0}}})

static inline sim_node fixture_node_with(struct fixture *f, const char *name, const char *model,
                                         const struct knob_setting *knobs, const char *bug) {
    struct host_options host = f->host;
    host.name = name;
    struct text error = {0};
    size_t count = 0;
    while (knobs && knobs[count].name) count++;
    const char *const bugs[] = {bug, NULL};
    const struct node_options options = {.name = name,
                                         .model = model_find(model),
                                         .host = world_add_host(f->world, &host),
                                         .knobs = knobs,
                                         .knob_count = count,
                                         .bugs = bugs};
    const sim_node node = world_add_node(f->world, &options, &error);
    if (node == SIM_NOBODY) fail_msg("%s", text_string(&error));
    text_free(&error);
    return node;
}
static inline sim_node fixture_node(struct fixture *f, const char *name, const char *model,
                                    const struct knob_setting *knobs) {
    return fixture_node_with(f, name, model, knobs, NULL);
}

/* A node of the test's own, on a disk that loses and tears what was not synced. */
static inline sim_node fixture_node_on_disk(struct fixture *f, const struct sim_model *model,
                                            enum disk_crash crash_semantics) {
    struct host_options host = host_options_default();
    struct text error = {0};
    host.name = "h";
    host.disk.crash = crash_semantics;
    host.disk.tears = true;
    const struct node_options options = {
        .name = model->name, .model = model, .host = world_add_host(f->world, &host)};
    const sim_node node = world_add_node(f->world, &options, &error);
    assert_int_not_equal(node, SIM_NOBODY);
    return node;
}
static inline void run_to(struct fixture *f, int64_t ms) {
    const enum world_end end = world_run(f->world, ms * MS);
    if (end == WORLD_MODEL_ERROR || end == WORLD_LIMIT) fail_msg("%s", world_why(f->world));
}
static inline void fault(struct fixture *f, enum fault_kind kind, sim_node a, sim_node b,
                         int64_t x) {
    world_fault(f->world, &(struct fault){kind, a, b, x, 0}, false);
}
static inline void crash(struct fixture *f, sim_node node) {
    fault(f, FAULT_CRASH, node, SIM_NOBODY, 1);
}
static inline void restart(struct fixture *f, sim_node node) {
    fault(f, FAULT_RESTART, node, SIM_NOBODY, 0);
}
static inline void cut(struct fixture *f, sim_node a, sim_node b) {
    fault(f, FAULT_CUT, a, b, 0);
    fault(f, FAULT_CUT, b, a, 0);
}
static inline void heal(struct fixture *f) {
    world_heal(f->world, FAULT_KINDS, SIM_NOBODY, SIM_NOBODY);
}

static inline void fixture_reply(struct world *world, void *context, bool ok,
                                 struct sim_bytes bytes) {
    struct fixture *f = context;
    (void)world;
    f->replied = true;
    f->reply_ok = ok;
    text_clear(&f->reply);
    text_add_bytes(&f->reply, bytes.data, bytes.size);
}
static inline void command(struct fixture *f, sim_node node, const char *name,
                           const struct knob_setting *args) {
    const struct sim_model *model = world_node_model(f->world, node);
    struct text error = {0};
    size_t which = 0, count = 0;
    while (model->commands[which].name && strcmp(model->commands[which].name, name) != 0) which++;
    while (args && args[count].name) count++;
    f->replied = false;
    if (!world_command(f->world, node, which, args, count, fixture_reply, f, &error))
        fail_msg("%s", text_string(&error));
    text_free(&error);
}

static inline int64_t probe(struct fixture *f, sim_node node, const char *name) {
    const struct sim_model *model = world_node_model(f->world, node);
    for (size_t i = 0; model->probes[i].name; i++)
        if (strcmp(model->probes[i].name, name) == 0) return world_probe(f->world, node, i);
    fail_msg("no probe %s", name);
    return 0;
}

/* A cell of a view; `text` (or NULL) gets a copy of it. SIM_NONE: NULL, or there is no such row. */
static inline int64_t cell(struct fixture *f, sim_node node, const char *view_name, size_t row,
                           const char *column, char text[64]) {
    const struct sim_model *model = world_node_model(f->world, node);
    struct view view;
    size_t which = 0, c = 0;
    int64_t number = SIM_NONE;
    if (text) text[0] = '\0';
    while (strcmp(model->views[which].name, view_name) != 0) which++;
    world_view(f->world, node, which, &view);
    while (strcmp(view.table->columns[c].name, column) != 0) c++;
    if (row < view.rows) {
        const struct view_cell *found = &view.cells[row * view.columns + c];
        number = found->number;
        if (text && found->text) snprintf(text, 64, "%s", found->text);
    }
    view_free(&view);
    return number;
}

static inline int64_t noted(const struct fixture *f, sim_node node, const char *name) {
    for (size_t i = 0; i < f->note_count; i++)
        if (f->notes[i].node == node && strcmp(f->notes[i].name, name) == 0)
            return f->notes[i].count;
    return 0;
}

static inline struct law_status law(struct fixture *f, const char *name) {
    for (size_t i = 0; i < world_laws(f->world); i++)
        if (strcmp(world_law(f->world, i).law->name, name) == 0) return world_law(f->world, i);
    fail_msg("no law %s", name);
    return (struct law_status){0};
}
static inline void assert_lawful(struct fixture *f) {
    for (size_t i = 0; i < world_laws(f->world); i++) {
        const struct law_status s = world_law(f->world, i);
        if (s.broken && !(f->may_break && strcmp(s.law->name, f->may_break) == 0))
            fail_msg("seed %llu: %s: %s", (unsigned long long)world_seed(f->world), s.law->name,
                     s.why);
    }
}

#endif
