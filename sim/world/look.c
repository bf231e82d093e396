/*
 * Looking at a world: observers' questions, answered without changing anything.
 */
#include <stdlib.h>

#include "world/world.h"

int64_t world_now(const struct world *w) { return w->now; }
uint64_t world_seed(const struct world *w) { return w->options.seed; }
uint64_t world_digest(const struct world *w) { return digest_value(w->digest); }
int64_t world_events(const struct world *w) { return w->events; }
int64_t world_records(const struct world *w) { return w->seq; }
int64_t world_pending(const struct world *w) { return (int64_t)queue_count(&w->queue); }
bool world_ended_by_limit(const struct world *w) { return w->stopped && w->end == WORLD_LIMIT; }
const char *world_why(const struct world *w) { return text_string(&w->why); }
uint64_t world_stream(const struct world *w, const char *kind, const char *name) {
    return random_key_named(w->seed_key, kind, name);
}

size_t world_nodes(const struct world *w) { return w->node_count; }
const char *world_node_name(const struct world *w, sim_node n) { return w->nodes[n].name; }
const struct sim_model *world_node_model(const struct world *w, sim_node n) {
    return w->nodes[n].model;
}
sim_host world_node_host(const struct world *w, sim_node n) { return w->nodes[n].host; }
bool world_node_up(const struct world *w, sim_node n) { return w->nodes[n].up; }
bool world_node_paused(const struct world *w, sim_node n) { return w->nodes[n].paused; }
int64_t world_node_starts(const struct world *w, sim_node n) { return w->nodes[n].starts; }
void *world_node_state(struct world *w, sim_node n) { return w->nodes[n].state; }

sim_node world_node_find(const struct world *w, const char *name) {
    const uint32_t at = map_get(&w->node_of, bytes_hash(name, strlen(name)));
    if (at == MAP_NONE) return SIM_NOBODY;
    if (strcmp(w->nodes[at].name, name) == 0) return at;
    for (sim_node i = 0; i < w->node_count; i++) /* two names of one hash */
        if (strcmp(w->nodes[i].name, name) == 0) return i;
    return SIM_NOBODY;
}

struct sim_clocks world_node_clocks(const struct world *w, sim_node n) {
    return clock_read(w->nodes[n].clock, w->now);
}

void world_node_describe(struct world *w, sim_node node, struct text *text) {
    const struct node *n = &w->nodes[node];
    if (!n->up)
        text_add(text, "down");
    else if (n->model->describe)
        n->model->describe(n->state, text);
    if (n->paused) text_add(text, " (paused)");
}

int64_t world_probe(struct world *w, sim_node node, size_t probe) {
    const struct node *n = &w->nodes[node];
    if (!n->up || !n->model->probe) return SIM_NONE;
    const struct sim_clocks now = world_node_clocks(w, node);
    return n->model->probe(n->state, probe, &now);
}

static const char *const measures[] = {
    "queue_bytes", "queue_ns", "disk_queue_ns", "disk_bytes",      "disk_dirty_bytes",
    "cpu_lanes",   "inbox",    "memory_bytes",  "clock_offset_ns", NULL};
const char *const *world_measures(void) { return measures; }

int64_t world_measure(struct world *w, const char *what, sim_node a, sim_node b) {
    if (b != SIM_NOBODY) return net_measure(w, what, a, b);
    const struct node *n = &w->nodes[a];
    if (!strncmp(what, "disk_", 5)) return disk_measure(w, what, a);
    if (!strcmp(what, "cpu_lanes")) return cpu_lanes_running(w->hosts[n->host].cpu);
    if (!strcmp(what, "inbox")) return n->inbox_count;
    if (!strcmp(what, "memory_bytes")) return (int64_t)memory_used(n->memory);
    if (!strcmp(what, "clock_offset_ns"))
        return world_node_clocks(w, a).wall_ns - CLOCK_EPOCH_NS - w->now;
    return SIM_NONE;
}

/* ---- views ---- */

struct sim_rows {
    struct view *view;
    size_t count, capacity;
    size_t *text_at; /* offsets into view->strings while it may still move; SIZE_MAX: no text */
    size_t text_capacity;
};

static void cell_add(struct sim_rows *rows, int64_t number, size_t text_at) {
    struct view *v = rows->view;
    v->cells = must_grow(v->cells, &rows->capacity, rows->count + 1, sizeof *v->cells);
    rows->text_at =
        must_grow(rows->text_at, &rows->text_capacity, rows->count + 1, sizeof *rows->text_at);
    v->cells[rows->count] = (struct view_cell){text_at != SIZE_MAX, number, NULL};
    rows->text_at[rows->count++] = text_at;
}

void sim_cell(struct sim_rows *rows, int64_t number) { cell_add(rows, number, SIZE_MAX); }

void sim_cell_text(struct sim_rows *rows, const char *string) {
    if (!string) {
        cell_add(rows, SIM_NONE, SIZE_MAX);
        return;
    }
    const size_t at = rows->view->strings.size;
    text_add_bytes(&rows->view->strings, string, strlen(string) + 1);
    cell_add(rows, 0, at);
}

bool world_view(struct world *w, sim_node node, size_t index, struct view *view) {
    const struct node *n = &w->nodes[node];
    *view = (struct view){.table = &n->model->views[index]};
    while (view->table->columns[view->columns].name) view->columns++;
    if (!n->up || !n->model->view) return false;
    struct sim_rows rows = {.view = view};
    const struct sim_clocks now = world_node_clocks(w, node);
    n->model->view(n->state, index, &now, &rows);
    for (size_t i = 0; i < rows.count; i++)
        if (rows.text_at[i] != SIZE_MAX) view->cells[i].text = view->strings.data + rows.text_at[i];
    view->rows = view->columns ? rows.count / view->columns : 0;
    assert(view->rows * view->columns == rows.count); /* the model fills whole rows */
    free(rows.text_at);
    return true;
}

void view_free(struct view *view) {
    free(view->cells);
    text_free(&view->strings);
    *view = (struct view){0};
}

/* ---- words ---- */

static void fill_place(const struct world *w, const char *place, size_t size, int64_t value,
                       struct text *text) {
    if (size == 0) {
        text_add(text, "%lld", (long long)value);
    } else if (size == 4 && !memcmp(place, "node", 4)) {
        if (value >= 0 && (uint64_t)value < w->node_count)
            text_add(text, "%s", w->nodes[value].name);
        else
            text_add(text, "nobody");
    } else if (size == 3 && !memcmp(place, "lsn", 3)) {
        text_add_lsn(text, value);
    } else if (size == 2 && !memcmp(place, "ns", 2)) {
        text_add_ns(text, value);
    } else if (size == 5 && !memcmp(place, "bytes", 5)) {
        text_add_bytes_count(text, value);
    } else if (size == 3 && !memcmp(place, "hex", 3)) {
        text_add(text, "%llx", (unsigned long long)value);
    } else { /* the word at that index */
        const char *word = place, *end = place + size;
        for (int64_t i = 0; i < value; i++) {
            const char *bar = memchr(word, '|', (size_t)(end - word));
            if (!bar) break;
            word = bar + 1;
        }
        const char *bar = memchr(word, '|', (size_t)(end - word));
        text_add_bytes(text, word, (size_t)((bar ? bar : end) - word));
    }
}

void template_fill(const struct world *w, const char *template, const int64_t *values, size_t count,
                   struct text *text) {
    size_t i = 0;
    for (const char *p = template; *p;) {
        const char *close = *p == '{' ? strchr(p, '}') : NULL;
        if (!close) {
            const size_t plain = strcspn(p + 1, "{") + 1;
            text_add_bytes(text, p, plain);
            p += plain;
            continue;
        }
        if (i < count && values[i] != SIM_NONE)
            fill_place(w, p + 1, (size_t)(close - p - 1), values[i], text);
        else
            text_add(text, i < count ? "-" : "?");
        i++;
        p = close + 1;
    }
}

static const char *name_at(const struct sim_name *names, uint32_t index) {
    for (uint32_t i = 0; names && names[i].name; i++)
        if (i == index) return names[i].name;
    return NULL;
}

const char *record_type_name(const struct world *w, const struct record *r) {
    static const char *const operations[] = {"read",     "write",  "sync",
                                             "truncate", "remove", "rename"};
    static const char *const outcomes[] = {"ok", "fail", "info"};
    const struct sim_model *model = r->node < w->node_count ? w->nodes[r->node].model : NULL;
    switch (r->kind) {
    case RECORD_SEND: return model ? name_at(model->messages, r->type) : NULL;
    case RECORD_DELIVER:
    case RECORD_DROP:
        return r->peer < w->node_count ? name_at(w->nodes[r->peer].model->messages, r->type) : NULL;
    case RECORD_DISK: return r->type < 6 ? operations[r->type] : NULL;
    case RECORD_NOTE: return model ? name_at(model->notes, r->type) : NULL;
    case RECORD_FACT: return model ? name_at(model->facts, r->type) : NULL;
    case RECORD_FAULT:
    case RECORD_HEAL: return fault_kind_name((enum fault_kind)r->type);
    case RECORD_LAW: return r->type < world_laws(w) ? world_law(w, r->type).law->name : NULL;
    case RECORD_INVOKE: return r->text;
    case RECORD_RETURN: return r->type < 3 ? outcomes[r->type] : NULL;
    case RECORD_COMMAND:
        for (uint32_t i = 0; model && model->commands && model->commands[i].name; i++)
            if (i == r->type) return model->commands[i].name;
        return NULL;
    default: return NULL;
    }
}

static const char *node_or(const struct world *w, sim_node n) {
    return n < w->node_count ? w->nodes[n].name : "*";
}

static void describe_message(const struct world *w, const struct record *r, struct text *text) {
    const bool sent = r->kind == RECORD_SEND;
    const sim_node sender = sent ? r->node : r->peer;
    const char *type = record_type_name(w, r);
    if (type)
        text_add(text, "%s", type);
    else
        text_add(text, "type %u", r->type);
    text_add(text, sent ? " to %s" : " from %s", node_or(w, r->peer));
    const struct sim_model *model = sender < w->node_count ? w->nodes[sender].model : NULL;
    if (model && model->describe_message) {
        const struct sim_message m = {sender, r->channel, r->type, r->bytes, r->b};
        text_add(text, ": ");
        model->describe_message(&m, text);
    }
    if (r->text) text_add(text, " (%s)", r->text);
}

static void describe_fault(const struct world *w, const struct record *r, struct text *text) {
    const enum fault_kind kind = (enum fault_kind)r->type;
    text_add(text, "%s%s", r->kind == RECORD_HEAL ? "end of " : "", fault_kind_name(kind));
    if (kind <= FAULT_HOLD)
        text_add(text, " %s -> %s", node_or(w, r->node), node_or(w, r->peer));
    else
        text_add(text, " of %s", node_or(w, r->node));
    switch (kind) {
    case FAULT_LOSS:
    case FAULT_DUPLICATE:
    case FAULT_REORDER:
    case FAULT_CORRUPT:
    case FAULT_SLOW_CPU:
        text_add(text, ", %lld.%02lld%%", (long long)(r->a / 10000000),
                 (long long)(r->a / 100000 % 100));
        break;
    case FAULT_DISK_SLOW:
        text_add(text, ", %lld.%lld times", (long long)(r->a / 1000000000),
                 (long long)(r->a / 100000000 % 10));
        break;
    case FAULT_DELAY:
    case FAULT_CLOCK_JUMP:
    case FAULT_CLOCK_LIE:
        text_add(text, ", ");
        text_add_ns(text, r->a);
        break;
    case FAULT_CONGEST:
        text_add(text, ", ");
        text_add_bytes_count(text, r->a);
        text_add(text, "/s");
        break;
    case FAULT_CLOCK_DRIFT: text_add(text, ", %lld ppb", (long long)r->a); break;
    case FAULT_CRASH: text_add(text, r->a ? ", power lost" : ", process killed"); break;
    default: break;
    }
}

void record_describe(const struct world *w, const struct record *r, struct text *text) {
    const struct sim_model *model = r->node < w->node_count ? w->nodes[r->node].model : NULL;
    const char *type = record_type_name(w, r);
    switch (r->kind) {
    case RECORD_SEND:
    case RECORD_DELIVER:
    case RECORD_DROP: describe_message(w, r, text); break;
    case RECORD_NOTE:
        for (uint32_t i = 0; model && model->notes && model->notes[i].name; i++)
            if (i == r->type) template_fill(w, model->notes[i].text, r->values, r->count, text);
        break;
    case RECORD_FACT:
        text_add(text, "%s", type ? type : "fact");
        for (uint32_t i = 0; model && model->facts && model->facts[i].name; i++)
            if (i == r->type && model->facts[i].text) {
                text_add(text, ": ");
                template_fill(w, model->facts[i].text, r->values, r->count, text);
            }
        break;
    case RECORD_FAULT:
    case RECORD_HEAL: describe_fault(w, r, text); break;
    case RECORD_START: text_add(text, "starts, %lld files on its disk", (long long)r->a); break;
    case RECORD_PEER:
        text_add(text, "stream with %s is %s", node_or(w, r->peer), r->a ? "up" : "down");
        if (r->text) text_add(text, " (%s)", r->text);
        break;
    case RECORD_CRASH:
        if (r->text)
            text_add(text, "halts: %s", r->text);
        else
            text_add(text, "%s", r->a ? "power lost" : "killed");
        if (r->b) text_add(text, ", %lld unsynced writes lost", (long long)r->b);
        break;
    case RECORD_RESTART: text_add(text, "restarted"); break;
    case RECORD_PAUSE: text_add(text, "paused"); break;
    case RECORD_RESUME: text_add(text, "resumed"); break;
    case RECORD_TIMER: text_add(text, "timer %lld", (long long)r->a); break;
    case RECORD_DISK:
        text_add(text, "%s of file %lld", type ? type : "operation", (long long)r->a);
        if (r->channel) {
            static const char *const errors[] = {"", "EIO", "ENOSPC", "checksum", "ENOENT"};
            text_add(text, " fails: %s", r->channel < 5 ? errors[r->channel] : "?");
        }
        break;
    case RECORD_WORK: text_add(text, "lane %lld is done", (long long)r->a); break;
    case RECORD_DISCIPLINE:
        text_add(text, "clock stepped by ");
        text_add_ns(text, r->a);
        text_add(text, ", rate %lld ppb, error ", (long long)r->b);
        text_add_ns(text, r->c);
        break;
    case RECORD_COMMAND:
        if (r->peer == r->node)
            text_add(text, "%s: %s", type ? type : "command", r->b ? "done" : "refused");
        else
            text_add(text, "command %s", type ? type : "");
        break;
    case RECORD_INVOKE: text_add(text, "process %lld invokes %s", (long long)r->a, r->text); break;
    case RECORD_RETURN:
        text_add(text, "process %lld: %s %s after ", (long long)r->a, r->text, type ? type : "");
        text_add_ns(text, r->count ? r->values[0] : 0);
        if (r->error) text_add(text, " (%s)", r->error);
        break;
    case RECORD_LAW:
        text_add(text, "LAW BROKEN: %s: %s", type ? type : "", r->text ? r->text : "");
        break;
    default: break;
    }
}
