/*
 * Clients' operations, as a history knows them: processes that do one thing at a time.
 *
 * A node may have many operations open; each runs under a process number of its own. A process is
 * used again after ok and fail, never after info: an operation of unknown outcome may still take
 * effect, so whoever comes next is somebody else (as Jepsen has it). A crash leaves the open ones
 * unknown.
 *
 * A client that the node names has a process of its own, which nobody else uses in between: what it
 * does is one session. After info, or a crash, it goes on as another process.
 */
#include <stdlib.h>

#include "world/world.h"

struct open_operation {
    int64_t operation, order, since_ns;
    int64_t client;     /* SIM_NONE: not named */
    uint32_t client_at; /* its place among the node's */
    uint32_t process;
    const char *f;
    bool used;
};
struct client_process {
    uint32_t process; /* NONE: the next that it begins is a new one */
    bool asks;        /* it has an operation open */
};
struct clients {   /* that a node has named since it was powered on */
    struct map of; /* a client's number -> its place in the list */
    struct client_process *list;
    size_t count, capacity;
};
struct history {
    struct open_operation *open;
    size_t count, capacity;
    uint32_t *free;
    size_t free_count, free_capacity;
    uint32_t processes;
    int64_t invoked;
    struct clients *clients; /* by node, as far as one has named any */
    size_t client_nodes, client_nodes_capacity;
};

struct history *history_open(void) {
    return must_calloc(1, sizeof(struct history));
}
void history_close(struct history *h) {
    for (size_t i = 0; i < h->client_nodes; i++) {
        map_free(&h->clients[i].of);
        free(h->clients[i].list);
    }
    free(h->clients);
    free(h->open);
    free(h->free);
    free(h);
}

/* The place of a client among its node's, which are known from their first operation on. */
static uint32_t client_find(struct history *h, sim_node node, int64_t client) {
    h->clients =
        must_grow(h->clients, &h->client_nodes_capacity, (size_t)node + 1, sizeof *h->clients);
    while (h->client_nodes <= node) h->clients[h->client_nodes++] = (struct clients){0};
    struct clients *all = &h->clients[node];
    uint32_t at = map_get(&all->of, (uint64_t)client);
    if (at != MAP_NONE) return at;
    all->list = must_grow(all->list, &all->capacity, all->count + 1, sizeof *all->list);
    at = (uint32_t)all->count++;
    all->list[at] = (struct client_process){NONE, false};
    map_set(&all->of, (uint64_t)client, at);
    return at;
}

static uint32_t process_begin(struct history *h, struct node *n, struct client_process *client) {
    if (!client) return n->idle_count ? n->idle_processes[--n->idle_count] : h->processes++;
    client->asks = true;
    if (client->process == NONE) client->process = h->processes++;
    return client->process;
}

static void process_end(struct node *n, struct client_process *client, uint32_t process,
                        bool known) {
    if (client) {
        client->asks = false;
        if (!known) client->process = NONE;
    } else if (known) {
        n->idle_processes = must_grow(n->idle_processes, &n->idle_capacity, n->idle_count + 1,
                                      sizeof *n->idle_processes);
        n->idle_processes[n->idle_count++] = process;
    }
}

static uint32_t open_take(struct history *h) {
    if (h->free_count) return h->free[--h->free_count];
    h->open = must_grow(h->open, &h->capacity, h->count + 1, sizeof *h->open);
    return (uint32_t)h->count++;
}

/* May it begin? Else the author is told why not. */
static bool may_invoke(struct world *w, const struct node *n, int64_t operation, int64_t number,
                       const struct client_process *client) {
    if (map_get(&n->operation_of, (uint64_t)operation) != MAP_NONE) {
        world_fail(w, WORLD_MODEL_ERROR, "%s invokes operation %lld, which is open already",
                   n->name, (long long)operation);
        return false;
    }
    if (!client || !client->asks) return true;
    world_fail(w, WORLD_MODEL_ERROR,
               "%s invokes operation %lld for client %lld, which has one open already", n->name,
               (long long)operation, (long long)number);
    return false;
}

void history_invoke(struct world *w, sim_node node, int64_t client, int64_t operation,
                    const char *f, struct sim_bytes key, struct sim_bytes value) {
    struct history *h = w->history;
    struct node *n = &w->nodes[node];
    const uint32_t client_at = client == SIM_NONE ? NONE : client_find(h, node, client);
    struct client_process *mine = client_at == NONE ? NULL : &h->clients[node].list[client_at];
    if (!may_invoke(w, n, operation, client, mine)) return;
    const uint32_t at = open_take(h);
    const uint32_t process = process_begin(h, n, mine);
    h->open[at] = (struct open_operation){operation, h->invoked++, w->now, client,
                                          client_at, process,      f,      true};
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
                       .bytes = value,
                       .values = &client,
                       .count = client != SIM_NONE};
    record_add(w, &r,
               random_key(bytes_hash(key.data, key.size), bytes_hash(value.data, value.size)));
}

void history_return(struct world *w, sim_node node, int64_t operation, enum sim_outcome outcome,
                    struct sim_bytes value, int64_t version, const char *error) {
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
    struct client_process *mine = o.client == SIM_NONE ? NULL : &h->clients[node].list[o.client_at];
    process_end(n, mine, o.process, outcome != SIM_UNKNOWN);
    if (version == SIM_NONE || outcome != SIM_DONE) version = 0;
    const int64_t values[] = {w->now - o.since_ns, o.client, version};
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
                       .values = values,
                       .count = o.client != SIM_NONE || version != 0 ? 3 : 1};
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
        history_return(w, node, operation, SIM_UNKNOWN, (struct sim_bytes){NULL, 0}, 0, "crash");
    }
    n->idle_count = 0; /* whoever comes after the crash is somebody else, under a new name or not */
    if (node >= h->client_nodes) return;
    h->clients[node].count = 0;
    map_clear(&h->clients[node].of);
}
