/*
 * The trace as JSON lines. The path of a message's record formats integers and copies names that
 * were quoted once; only what carries a sentence (a note, a fault) builds a text.
 */
#include "report/jsonl.h"

#include <stdlib.h>

#include "base/codec.h"
#include "base/memory.h"
#include "report/describe.h"

struct quoted {
    char *bytes;
    size_t size;
};

struct jsonl {
    struct world *world;
    struct output *output;
    struct trace_sink sink;
    struct quoted *names; /* of nodes, by number */
    size_t names_known, names_capacity;
    struct text note;
    bool hashes;
};

#define LITERAL(o, s) output_bytes((o), (s), sizeof(s) - 1)

static void learn_names(struct jsonl *j) {
    const size_t nodes = world_nodes(j->world);
    j->names = must_grow(j->names, &j->names_capacity, nodes, sizeof *j->names);
    for (; j->names_known < nodes; j->names_known++) {
        struct text quoted = {0};
        const char *name = world_node_name(j->world, (sim_node)j->names_known);
        text_add_json(&quoted, name, strlen(name));
        j->names[j->names_known] = (struct quoted){quoted.data, quoted.size};
    }
}

static void put_node(struct jsonl *j, sim_node node) {
    if (node >= j->names_known) {
        learn_names(j);
        if (node >= j->names_known) {
            LITERAL(j->output, "null");
            return;
        }
    }
    output_bytes(j->output, j->names[node].bytes, j->names[node].size);
}

static bool is_message(enum record_kind kind) {
    return kind == RECORD_SEND || kind == RECORD_DELIVER || kind == RECORD_DROP;
}

static void put_msg(struct output *o, const struct record *r) {
    LITERAL(o, ",\"msg\":");
    if (is_message(r->kind) || r->kind == RECORD_COMMAND) {
        output_integer(o, r->a);
    } else if (r->kind == RECORD_INVOKE || r->kind == RECORD_RETURN) {
        output_integer(o, r->c);
    } else {
        LITERAL(o, "null");
    }
}

static void put_type(struct jsonl *j, const struct record *r) {
    const bool operation = r->kind == RECORD_INVOKE || r->kind == RECORD_RETURN;
    const char *type = operation ? r->text : record_type_name(j->world, r);
    LITERAL(j->output, ",\"type\":");
    if (type) {
        output_json(j->output, type, strlen(type));
    } else {
        LITERAL(j->output, "null");
    }
}

static void put_size(struct output *o, const struct record *r) {
    LITERAL(o, ",\"size\":");
    if (is_message(r->kind) || r->kind == RECORD_DISK) {
        output_integer(o, r->b);
    } else {
        LITERAL(o, "null");
    }
}

static void put_note(struct jsonl *j, const struct record *r) {
    LITERAL(j->output, ",\"note\":");
    text_clear(&j->note);
    if (!is_message(r->kind) || r->text) describe_record(j->world, r, &j->note);
    if (j->note.size > 0) {
        output_json(j->output, j->note.data, j->note.size);
    } else {
        LITERAL(j->output, "null");
    }
}

static void put_field(struct output *o, const char *name, int64_t value) {
    LITERAL(o, ",\"");
    output_string(o, name);
    LITERAL(o, "\":");
    output_integer(o, value);
}

static void put_values(struct output *o, const struct record *r) {
    LITERAL(o, ",\"values\":[");
    for (size_t i = 0; i < r->count; i++) {
        if (i > 0) output_char(o, ',');
        output_integer(o, r->values[i]);
    }
    output_char(o, ']');
}

static void put_extra(struct output *o, const struct record *r) {
    switch (r->kind) {
    case RECORD_SEND:
    case RECORD_DELIVER:
    case RECORD_DROP:
    case RECORD_PEER: put_field(o, "channel", r->channel); break;
    case RECORD_START: put_field(o, "files", r->a); break;
    case RECORD_TIMER: put_field(o, "timer", r->a); break;
    case RECORD_DISK: put_field(o, "file", r->a); break;
    case RECORD_WORK: put_field(o, "lane", r->a), put_field(o, "tag", r->b); break;
    case RECORD_CRASH: put_field(o, "lost", r->b); break;
    case RECORD_FAULT:
    case RECORD_HEAL: put_field(o, "index", r->c); break;
    case RECORD_DISCIPLINE:
        put_field(o, "step_ns", r->a), put_field(o, "rate_ppb", r->b),
            put_field(o, "error_ns", r->c);
        break;
    case RECORD_NOTE:
    case RECORD_FACT: put_values(o, r); break;
    case RECORD_INVOKE:
        put_field(o, "process", r->a);
        if (r->count > 0) put_field(o, "client", r->values[0]);
        break;
    case RECORD_RETURN:
        put_field(o, "process", r->a);
        if (r->count > 0) put_field(o, "latency_ns", r->values[0]);
        if (r->count > 1 && r->values[1] != SIM_NONE) put_field(o, "client", r->values[1]);
        if (r->count > 2 && r->values[2] != 0) put_field(o, "version", r->values[2]);
        break;
    case RECORD_RESTART:
    case RECORD_PAUSE:
    case RECORD_RESUME:
    case RECORD_COMMAND:
    case RECORD_LAW:
    case RECORD_KINDS: break;
    }
}

/* FNV-1a (Fowler, Noll, Vo): it only has to tell two runs of one program apart. */
static uint64_t hash_bytes(uint64_t hash, const void *bytes, size_t size) {
    const unsigned char *p = bytes;
    for (size_t i = 0; i < size; i++) hash = (hash ^ p[i]) * UINT64_C(0x100000001b3);
    return (hash ^ size) * UINT64_C(0x100000001b3);
}
static uint64_t hash_integer(uint64_t hash, int64_t value) {
    uint8_t bytes[8];
    store_u64(bytes, (uint64_t)value);
    return hash_bytes(hash, bytes, sizeof bytes);
}

static void put_hash(struct output *o, const struct record *r) {
    const int64_t fields[] = {r->type, r->channel, r->node, r->peer, r->a, r->b, r->c};
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
        hash = hash_integer(hash, fields[i]);
    for (size_t i = 0; i < r->count; i++) hash = hash_integer(hash, r->values[i]);
    hash = hash_bytes(hash, r->bytes.data, r->bytes.size);
    hash = hash_bytes(hash, r->key.data, r->key.size);
    if (r->text) hash = hash_bytes(hash, r->text, strlen(r->text));
    if (r->error) hash = hash_bytes(hash, r->error, strlen(r->error));
    output_format(o, ",\"hash\":\"%016llx\"", (unsigned long long)hash);
}

static void jsonl_record(void *context, const struct record *r) {
    struct jsonl *j = context;
    struct output *o = j->output;
    LITERAL(o, "{\"seq\":");
    output_integer(o, r->seq);
    LITERAL(o, ",\"cause\":");
    output_integer(o, r->cause);
    LITERAL(o, ",\"t\":");
    output_integer(o, r->t);
    LITERAL(o, ",\"node\":");
    put_node(j, r->node);
    LITERAL(o, ",\"kind\":\"");
    output_string(o, record_kind_name(r->kind));
    LITERAL(o, "\",\"peer\":");
    put_node(j, r->peer);
    put_msg(o, r);
    put_type(j, r);
    put_size(o, r);
    put_note(j, r);
    put_extra(o, r);
    if (j->hashes) put_hash(o, r);
    LITERAL(o, "}\n");
}

struct jsonl *jsonl_open(struct world *world, struct output *output, bool hashes) {
    struct jsonl *j = must_calloc(1, sizeof *j);
    j->world = world;
    j->output = output;
    j->hashes = hashes;
    j->sink = (struct trace_sink){jsonl_record, j, NULL};
    world_add_sink(world, &j->sink);
    return j;
}

void jsonl_close(struct jsonl *j) {
    if (!j) return;
    for (size_t i = 0; i < j->names_known; i++) free(j->names[i].bytes);
    free(j->names);
    text_free(&j->note);
    free(j);
}
