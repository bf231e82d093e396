/* The clients' history as JSON lines: an invoke, and later its ok, fail or info. */
#include "report/history.h"

#include <stdlib.h>

#include "base/memory.h"
#include "base/value.h"

struct history_file {
    struct world *world;
    struct output *output;
    struct trace_sink sink;
    int64_t index;
    struct text value;
};

#define LITERAL(o, s) output_bytes((o), (s), sizeof(s) - 1)

static void put_value(struct history_file *h, const char *name, size_t name_size,
                      struct sim_bytes bytes) {
    output_bytes(h->output, name, name_size);
    text_clear(&h->value);
    value_to_json(&h->value, bytes.data, bytes.size);
    output_text(h->output, &h->value);
}

/* "app/3": a node's name, and its own number for the client. */
static void put_client(struct history_file *h, const struct record *r, int64_t client) {
    const char *name = world_node_name(h->world, r->node);
    text_clear(&h->value);
    text_add(&h->value, "%s/%lld", name, (long long)client);
    LITERAL(h->output, ",\"client\":");
    output_json(h->output, h->value.data, h->value.size);
}

static int64_t client_of(const struct record *r) {
    if (r->kind == RECORD_INVOKE) return r->count > 0 ? r->values[0] : SIM_NONE;
    return r->count > 1 ? r->values[1] : SIM_NONE;
}

static const char *type_name(const struct record *r) {
    static const char *const outcomes[] = {"ok", "fail", "info"};
    if (r->kind == RECORD_INVOKE) return "invoke";
    return r->type < 3 ? outcomes[r->type] : "info";
}

static void history_record(void *context, const struct record *r) {
    if (r->kind != RECORD_INVOKE && r->kind != RECORD_RETURN) return;
    struct history_file *h = context;
    struct output *o = h->output;
    LITERAL(o, "{\"index\":");
    output_integer(o, h->index++);
    LITERAL(o, ",\"time\":");
    output_integer(o, r->t);
    LITERAL(o, ",\"process\":");
    output_integer(o, r->a);
    if (client_of(r) != SIM_NONE) put_client(h, r, client_of(r));
    LITERAL(o, ",\"type\":\"");
    output_string(o, type_name(r));
    LITERAL(o, "\",\"f\":");
    output_json(o, r->text ? r->text : "", r->text ? strlen(r->text) : 0);
    if (r->key.size > 0) put_value(h, ",\"key\":", 7, r->key);
    put_value(h, ",\"value\":", 9, r->bytes);
    if (r->kind == RECORD_RETURN && r->count > 2 && r->values[2] != 0) {
        LITERAL(o, ",\"version\":");
        output_integer(o, r->values[2]);
    }
    if (r->error) {
        LITERAL(o, ",\"error\":");
        output_json(o, r->error, strlen(r->error));
    }
    LITERAL(o, "}\n");
}

struct history_file *history_file_open(struct world *world, struct output *output) {
    struct history_file *h = must_calloc(1, sizeof *h);
    h->world = world;
    h->output = output;
    h->sink = (struct trace_sink){history_record, h, NULL};
    world_add_sink(world, &h->sink);
    return h;
}

void history_file_close(struct history_file *h) {
    if (!h) return;
    text_free(&h->value);
    free(h);
}
