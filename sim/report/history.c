/* The clients' history as JSON lines: an invoke, and later its ok, fail or info. */
#include "report/history.h"

#include <stdlib.h>

#include "base/memory.h"
#include "base/value.h"

struct history_file {
    struct history_lines lines;
    struct output *output;
    struct trace_sink sink;
    struct text line;
};

static void put(struct text *line, const char *bytes) {
    text_add_bytes(line, bytes, strlen(bytes));
}

static void put_integer(struct text *line, int64_t value) {
    enum { DIGITS = 24 };
    char digits[DIGITS];
    text_add_bytes(line, digits, (size_t)(digits_write(digits, value) - digits));
}

/* "app/3": a node's name, and its own number for the client. */
static void put_client(const struct world *world, const struct record *r, int64_t client,
                       struct text *line) {
    const char *name = world_node_name(world, r->node);
    struct text value = {0};
    text_add(&value, "%s/%lld", name, (long long)client);
    put(line, ",\"client\":");
    text_add_json(line, value.data, value.size);
    text_free(&value);
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

void history_line(struct history_lines *h, const struct record *r, struct text *line) {
    if (r->kind != RECORD_INVOKE && r->kind != RECORD_RETURN) return;
    put(line, "{\"index\":");
    put_integer(line, h->index++);
    put(line, ",\"time\":");
    put_integer(line, r->t);
    put(line, ",\"process\":");
    put_integer(line, r->a);
    if (client_of(r) != SIM_NONE) put_client(h->world, r, client_of(r), line);
    put(line, ",\"type\":\"");
    put(line, type_name(r));
    put(line, "\",\"f\":");
    text_add_json(line, r->text ? r->text : "", r->text ? strlen(r->text) : 0);
    if (r->key.size > 0) {
        put(line, ",\"key\":");
        value_to_json(line, r->key.data, r->key.size);
    }
    put(line, ",\"value\":");
    value_to_json(line, r->bytes.data, r->bytes.size);
    if (r->kind == RECORD_RETURN && r->count > 2 && r->values[2] != 0) {
        put(line, ",\"version\":");
        put_integer(line, r->values[2]);
    }
    if (r->error) {
        put(line, ",\"error\":");
        text_add_json(line, r->error, strlen(r->error));
    }
    put(line, "}\n");
}

static void history_record(void *context, const struct record *r) {
    struct history_file *h = context;
    text_clear(&h->line);
    history_line(&h->lines, r, &h->line);
    output_text(h->output, &h->line);
}

struct history_file *history_file_open(struct world *world, struct output *output) {
    struct history_file *h = must_calloc(1, sizeof *h);
    h->lines.world = world;
    h->output = output;
    h->sink = (struct trace_sink){history_record, h, NULL};
    world_add_sink(world, &h->sink);
    return h;
}

void history_file_close(struct history_file *h) {
    if (!h) return;
    text_free(&h->line);
    free(h);
}
