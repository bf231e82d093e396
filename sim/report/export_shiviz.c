/*
 * ShiViz wants vector clocks. Each record ticks its node's own; a message carries its sender's,
 * kept to the end, as a copy of it may come late: memory grows with the messages, which a diagram
 * has few of.
 */
#include <stdlib.h>

#include "base/map.h"
#include "base/memory.h"
#include "report/export.h"

enum { NODES_MAX = 256 };

struct shiviz {
    struct output *o;
    char *nodes[NODES_MAX]; /* without spaces, which separate host and clock */
    char *names[NODES_MAX];
    size_t count;
    int64_t *clocks[NODES_MAX];
    struct map sent; /* message -> index in carried */
    int64_t **carried;
    size_t carried_count, carried_capacity;
};

static bool node_of(struct shiviz *s, const char *name, size_t *node, struct text *error) {
    for (*node = 0; *node < s->count; ++*node)
        if (strcmp(s->names[*node], name) == 0) return true;
    if (s->count == NODES_MAX) {
        text_add(error, "found more than %d nodes; a space-time diagram of so many shows nothing",
                 NODES_MAX);
        return false;
    }
    s->names[s->count] = must_strdup(name);
    s->nodes[s->count] = must_strdup(name);
    for (char *at = s->nodes[s->count]; *at; at++)
        if (*at == ' ' || *at == '\t' || *at == '{' || *at == '"') *at = '_';
    s->clocks[s->count++] = must_calloc(NODES_MAX, sizeof(int64_t));
    return true;
}

static void carry(struct shiviz *s, int64_t message, const int64_t *clock) {
    s->carried =
        must_grow(s->carried, &s->carried_capacity, s->carried_count + 1, sizeof *s->carried);
    int64_t *kept =
        must_calloc(s->count + 1, sizeof *kept); /* how many nodes there are so far, first */
    kept[0] = (int64_t)s->count;
    memcpy(kept + 1, clock, s->count * sizeof *kept);
    s->carried[s->carried_count] = kept;
    map_set(&s->sent, (uint64_t)message, (uint32_t)s->carried_count++);
}

static void merge(struct shiviz *s, int64_t message, int64_t *clock) {
    const uint32_t at = map_get(&s->sent, (uint64_t)message);
    if (at == MAP_NONE) return;
    const int64_t *kept = s->carried[at];
    for (int64_t i = 0; i < kept[0]; i++)
        if (kept[1 + i] > clock[i]) clock[i] = kept[1 + i];
}

static void put_event(struct shiviz *s, size_t node, const struct past_record *r) {
    output_format(s->o, "%s {", s->nodes[node]);
    bool filled = false;
    for (size_t i = 0; i < s->count; i++) {
        if (s->clocks[node][i] == 0) continue;
        output_format(s->o, "%s\"%s\":%lld", filled ? ", " : "", s->nodes[i],
                      (long long)s->clocks[node][i]);
        filled = true;
    }
    output_format(s->o, "}\n%lld.%09lld s %s", (long long)(r->t / 1000000000),
                  (long long)(r->t % 1000000000), r->kind);
    if (r->type[0]) output_format(s->o, " %s", r->type);
    if (r->peer[0])
        output_format(s->o, " %s %s", strcmp(r->kind, "send") == 0 ? "to" : "from", r->peer);
    if (r->note[0]) output_format(s->o, ": %s", r->note);
    output_char(s->o, '\n');
}

static bool read_record(void *context, const struct past_record *r, struct text *error) {
    struct shiviz *s = context;
    size_t node;
    if (!r->node[0] || strcmp(r->kind, "law") == 0) return true;
    if (!node_of(s, r->node, &node, error)) return false;
    s->clocks[node][node]++;
    if (strcmp(r->kind, "deliver") == 0) merge(s, r->msg, s->clocks[node]);
    put_event(s, node, r);
    if (strcmp(r->kind, "send") == 0) carry(s, r->msg, s->clocks[node]);
    return true;
}

bool export_shiviz(const char *folder, struct output *o, struct text *error) {
    struct shiviz s = {.o = o};
    const bool good = trace_read(folder, read_record, &s, error);
    for (size_t i = 0; i < s.count; i++) {
        free(s.nodes[i]);
        free(s.names[i]);
        free(s.clocks[i]);
    }
    for (size_t i = 0; i < s.carried_count; i++) free(s.carried[i]);
    free(s.carried);
    map_free(&s.sent);
    return good;
}
