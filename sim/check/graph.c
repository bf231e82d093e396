/* See graph.h. */
#include "check/graph.h"

#include <assert.h>
#include <string.h>

#define NO_NODE UINT32_MAX
enum { VISITS_MAX = 1000000 }; /* of one component's search, some 10 ms */

void graph_clear(struct graph *g, uint32_t visible) {
    g->visible = g->nodes = visible;
    g->edge_count = 0;
}

bool graph_add_hidden(struct graph *g, uint32_t *node) {
    if (g->nodes >= NO_NODE / 2) return false;
    *node = g->nodes++;
    return true;
}

bool graph_add_edge(struct graph *g, struct limits *l, uint32_t from, uint32_t to, uint32_t label) {
    if (!limits_grow(l, &g->edges, &g->edge_capacity, g->edge_count + 1, sizeof *g->edges))
        return false;
    g->edges[g->edge_count++] = (struct graph_edge){from, to, label};
    return limits_tick(l);
}

/* ---- arcs: the edges by the node that they leave, in the order in which they were added ---- */

static bool sort_edges(struct graph *g, struct limits *l) {
    if (!limits_grow(l, &g->first, &g->first_capacity, (size_t)g->nodes + 1, sizeof *g->first) ||
        !limits_grow(l, &g->arcs, &g->arc_capacity, g->edge_count, sizeof *g->arcs))
        return false;
    memset(g->first, 0, ((size_t)g->nodes + 1) * sizeof *g->first);
    for (size_t i = 0; i < g->edge_count; i++) g->first[g->edges[i].from]++;
    size_t end = 0;
    for (uint32_t n = 0; n <= g->nodes; n++) g->first[n] = end += g->first[n];
    for (size_t i = g->edge_count; i--;) {
        const struct graph_edge *e = &g->edges[i];
        g->arcs[--g->first[e->from]] = (struct graph_arc){e->to, e->label};
        if (!limits_tick(l)) return false;
    }
    return true;
}

/* ---- components ---- */

struct tarjan {
    struct graph *g;
    uint32_t found, stacked, depth;
};

static bool make_room(struct graph *g, struct limits *l) {
    uint32_t **arrays[] = {&g->component, &g->visible_in, &g->order, &g->low, &g->stack, &g->path};
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++)
        if (!limits_grow(l, arrays[i], &g->node_capacity[i], g->nodes, sizeof(uint32_t)))
            return false;
    return limits_grow(l, &g->next, &g->next_capacity, g->nodes, sizeof *g->next);
}

static void enter(struct tarjan *t, uint32_t node) {
    struct graph *g = t->g;
    g->order[node] = g->low[node] = t->found++;
    g->next[node] = g->first[node];
    g->stack[t->stacked++] = node;
    g->path[t->depth++] = node;
}

static void lower(uint32_t *low, uint32_t to) {
    if (to < *low) *low = to;
}

/* Its descendants are done: if none of them reaches above it, what is on the stack is a component.
 */
static void leave(struct tarjan *t, uint32_t node) {
    struct graph *g = t->g;
    t->depth--;
    if (t->depth) lower(&g->low[g->path[t->depth - 1]], g->low[node]);
    if (g->low[node] != g->order[node]) return;
    uint32_t member;
    g->visible_in[g->component_count] = 0;
    do {
        member = g->stack[--t->stacked];
        g->component[member] = g->component_count;
        g->visible_in[g->component_count] += member < g->visible;
    } while (member != node);
    g->component_count++;
}

static void advance(struct tarjan *t) {
    struct graph *g = t->g;
    const uint32_t node = g->path[t->depth - 1];
    if (g->next[node] == g->first[node + 1]) {
        leave(t, node);
        return;
    }
    const uint32_t to = g->arcs[g->next[node]++].to;
    if (g->order[to] == NO_NODE)
        enter(t, to);
    else if (g->component[to] == NO_NODE) /* still on the stack */
        lower(&g->low[node], g->order[to]);
}

bool graph_find_components(struct graph *g, struct limits *l) {
    if (!sort_edges(g, l) || !make_room(g, l)) return false;
    for (uint32_t n = 0; n < g->nodes; n++) g->order[n] = g->component[n] = NO_NODE;
    g->component_count = 0;
    struct tarjan t = {.g = g};
    for (uint32_t root = 0; root < g->nodes; root++) {
        if (g->order[root] == NO_NODE) enter(&t, root);
        while (t.depth) {
            advance(&t);
            if (!limits_tick(l)) return false;
        }
    }
    return true;
}

/* ---- the shortest cycle ----
 * Hidden nodes are there twice: one entered from the start, which must not lead back to it at once,
 * and one entered from any other node. */

struct search {
    struct graph *g;
    struct limits *limits;
    uint32_t start, queued, pending; /* pending: hidden nodes to expand, from the queue's far end */
    size_t visits;
    bool closed; /* the start was reached again: came_from[start] has the way */
};

static uint32_t twin(const struct graph *g, uint32_t hidden) {
    return hidden + (g->nodes - g->visible);
}
static uint32_t node_of(const struct graph *g, uint32_t state) {
    return state < g->nodes ? state : state - (g->nodes - g->visible);
}
static uint32_t state_count(const struct graph *g) { return 2 * g->nodes - g->visible; }

static void reach(struct search *s, uint32_t state, uint32_t from, uint32_t label) {
    struct graph *g = s->g;
    g->seen[state] = g->seen_now;
    g->came_from[state] = from;
    g->came_by[state] = label;
    if (state < g->visible)
        g->queue[s->queued++] = state;
    else
        g->queue[state_count(g) - ++s->pending] = state;
}

static void follow(struct search *s, uint32_t from, const struct graph_arc *arc) {
    struct graph *g = s->g;
    if (g->component[arc->to] != g->component[s->start]) return;
    const bool from_start = from == s->start || (from >= g->visible && from < g->nodes);
    const uint32_t state = arc->to < g->visible || from_start ? arc->to : twin(g, arc->to);
    if (state == s->start) {
        if (from_start || s->closed) return;
        g->came_from[state] = from;
        g->came_by[state] = arc->label;
        s->closed = true;
    } else if (g->seen[state] != g->seen_now) {
        reach(s, state, from, arc->label);
    }
}

static void expand(struct search *s, uint32_t state) {
    const struct graph *g = s->g;
    const uint32_t node = node_of(g, state);
    for (size_t i = g->first[node]; i < g->first[node + 1]; i++) follow(s, state, &g->arcs[i]);
    s->visits += 1 + g->first[node + 1] - g->first[node];
}

/* By visible nodes, nearest first; all hidden ones that a node leads to are walked before the next.
 */
static bool search_from(struct search *s) {
    struct graph *g = s->g;
    g->seen_now++;
    s->queued = s->pending = 0;
    s->closed = false;
    reach(s, s->start, NO_NODE, GRAPH_NO_LABEL);
    for (uint32_t at = 0; at < s->queued && !s->closed; at++) {
        expand(s, g->queue[at]);
        while (s->pending && limits_tick(s->limits))
            expand(s, g->queue[state_count(g) - s->pending--]);
        if (!limits_tick(s->limits)) return false;
    }
    return true;
}

static uint32_t length_of(const struct search *s) {
    const struct graph *g = s->g;
    uint32_t length = 0, state = s->start;
    do {
        state = g->came_from[state];
        length += state < g->visible;
    } while (state != s->start);
    return length;
}

/* From the end to the start, backwards. Of each edge the last arc has one label, the first the
 * other. */
static bool keep_cycle(struct search *s, uint32_t length) {
    struct graph *g = s->g;
    if (!limits_grow(s->limits, &g->cycle, &g->cycle_capacity, length, sizeof *g->cycle))
        return false;
    g->cycle_length = length;
    uint32_t state = s->start, to_label = g->came_by[state];
    while (length) {
        const uint32_t label = g->came_by[state], from = g->came_from[state];
        if (from < g->visible) {
            g->cycle[--length] = (struct graph_step){from, label, to_label};
            to_label = g->came_by[from];
        }
        state = from;
    }
    return true;
}

bool graph_shortest_cycle(struct graph *g, struct limits *l, const uint32_t *starts, size_t count) {
    uint32_t **arrays[] = {&g->seen, &g->came_from, &g->came_by, &g->queue};
    const size_t states = state_count(g);
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++)
        if (!limits_grow(l, arrays[i], &g->search_capacity[i], states, sizeof(uint32_t)))
            return false;
    for (; g->seen_cleared < states; g->seen_cleared++) g->seen[g->seen_cleared] = 0;
    g->cycle_length = 0;
    struct search s = {.g = g, .limits = l};
    for (size_t i = 0; i < count && s.visits < VISITS_MAX && g->cycle_length != 2; i++) {
        s.start = starts[i];
        if (!search_from(&s)) return false;
        assert(s.closed);
        const uint32_t length = length_of(&s);
        if ((!g->cycle_length || length < g->cycle_length) && !keep_cycle(&s, length)) return false;
    }
    return true;
}

void graph_free(struct graph *g, struct limits *l) {
    limits_give(l, g->edges, g->edge_capacity, sizeof *g->edges);
    limits_give(l, g->first, g->first_capacity, sizeof *g->first);
    limits_give(l, g->arcs, g->arc_capacity, sizeof *g->arcs);
    uint32_t *nodes[] = {g->component, g->visible_in, g->order, g->low, g->stack, g->path};
    for (size_t i = 0; i < sizeof nodes / sizeof *nodes; i++)
        limits_give(l, nodes[i], g->node_capacity[i], sizeof(uint32_t));
    limits_give(l, g->next, g->next_capacity, sizeof *g->next);
    uint32_t *searches[] = {g->seen, g->came_from, g->came_by, g->queue};
    for (size_t i = 0; i < sizeof searches / sizeof *searches; i++)
        limits_give(l, searches[i], g->search_capacity[i], sizeof(uint32_t));
    limits_give(l, g->cycle, g->cycle_capacity, sizeof *g->cycle);
    *g = (struct graph){0};
}
