/*
 * Clients' operations, as a history knows them: processes that do one thing at a time.
 *
 * A node may have many operations open; each runs under a process number of its own. A process is
 * used again after ok and fail, never after info: an operation of unknown outcome may still take
 * effect, so whoever comes next is somebody else (as Jepsen has it). A crash leaves the open ones
 * unknown.
 */
#include <stdlib.h>

#include "world/world.h"

struct open_operation {
    int64_t operation, order, since_ns;
    uint32_t process;
    const char *f;
    bool used;
};
struct history {
    struct open_operation *open;
    size_t count, capacity;
    uint32_t *free;
    size_t free_count, free_capacity;
    uint32_t processes;
    int64_t invoked;
};

struct history *history_open(void) {
    return must_calloc(1, sizeof(struct history));
}
void history_close(struct history *h) {
    free(h->open);
    free(h->free);
    free(h);
}

void history_invoke(struct world *w, sim_node node, int64_t operation, const char *f,
                    struct sim_bytes key, struct sim_bytes value) {
    struct history *h = w->history;
    struct node *n = &w->nodes[node];
    if (map_get(&n->operation_of, (uint64_t)operation) != MAP_NONE) {
        world_fail(w, WORLD_MODEL_ERROR, "%s invokes operation %lld, which is open already",
                   n->name, (long long)operation);
        return;
    }
    uint32_t at;
    if (h->free_count) {
        at = h->free[--h->free_count];
    } else {
        h->open = must_grow(h->open, &h->capacity, h->count + 1, sizeof *h->open);
        at = (uint32_t)h->count++;
    }
    const uint32_t process = n->idle_count ? n->idle_processes[--n->idle_count] : h->processes++;
    h->open[at] = (struct open_operation){operation, h->invoked++, w->now, process, f, true};
    map_set(&n->operation_of, (uint64_t)operation, at);
    struct record r = {.cause = w->cause,
                       .kind = RECORD_INVOKE,
                       .node = node,
                       .peer = SIM_NOBODY,
                       .a = process,
                       .b = operation,
                       .c = h->open[at].order,
                       .text = f,
                       .key = key,
                       .bytes = value};
    record_add(w, &r,
               random_key(bytes_hash(key.data, key.size), bytes_hash(value.data, value.size)));
}

void history_return(struct world *w, sim_node node, int64_t operation, enum sim_outcome outcome,
                    struct sim_bytes value, const char *error) {
    struct history *h = w->history;
    struct node *n = &w->nodes[node];
    const uint32_t at = map_get(&n->operation_of, (uint64_t)operation);
    if (at == MAP_NONE) {
        world_fail(w, WORLD_MODEL_ERROR, "%s returns from operation %lld, which is not open",
                   n->name, (long long)operation);
        return;
    }
    const struct open_operation o = h->open[at];
    h->open[at].used = false;
    h->free = must_grow(h->free, &h->free_capacity, h->free_count + 1, sizeof *h->free);
    h->free[h->free_count++] = at;
    map_remove(&n->operation_of, (uint64_t)operation);
    if (outcome != SIM_UNKNOWN) {
        n->idle_processes = must_grow(n->idle_processes, &n->idle_capacity, n->idle_count + 1,
                                      sizeof *n->idle_processes);
        n->idle_processes[n->idle_count++] = o.process;
    }
    const int64_t took = w->now - o.since_ns;
    struct record r = {.cause = w->cause,
                       .kind = RECORD_RETURN,
                       .node = node,
                       .peer = SIM_NOBODY,
                       .type = outcome,
                       .a = o.process,
                       .b = operation,
                       .c = o.order,
                       .text = o.f,
                       .bytes = value,
                       .error = error,
                       .values = &took,
                       .count = 1};
    record_add(w, &r, bytes_hash(value.data, value.size));
}

void history_crash(struct world *w, sim_node node) {
    struct node *n = &w->nodes[node];
    /* in order of invocation, not of the map's slots */
    struct history *h = w->history;
    while (n->operation_of.count) {
        int64_t operation = 0, least = INT64_MAX;
        for (size_t i = 0; i <= n->operation_of.mask; i++) {
            if (!n->operation_of.slots[i].used) continue;
            const struct open_operation *o = &h->open[n->operation_of.slots[i].value];
            if (o->order < least) {
                least = o->order;
                operation = o->operation;
            }
        }
        history_return(w, node, operation, SIM_UNKNOWN, (struct sim_bytes){NULL, 0}, "crash");
    }
    n->idle_count = 0; /* whoever comes after the crash is somebody else */
}
