/*
 * Directed graphs for checkers: strongly connected components and shortest cycles.
 *
 * Nodes from `visible` on are hidden: they stand for bundles of edges, so that "each of these
 * before each of those" takes a sum of edges and not a product. A path through hidden nodes is
 * one edge between the visible ones at its ends; it costs nothing to walk along them. A node
 * with a way back to itself through hidden nodes alone is on no cycle: here an edge says "not
 * after", and nothing is after itself.
 *
 * Arrays are kept from graph to graph (graph_clear). Owner: who declared it; graph_free when
 * done.
 */
#ifndef CHECK_GRAPH_H
#define CHECK_GRAPH_H

#include "check/limits.h"

#define GRAPH_NO_LABEL UINT32_MAX

struct graph_edge { uint32_t from, to, label; };
struct graph_arc { uint32_t to, label; };
struct graph_step { /* one edge of a cycle, from a visible node to the next */
    /* of the arc that leaves it, and of the one that reaches the next */
    uint32_t from, from_label, to_label;
};

struct graph {
    uint32_t visible, nodes;
    struct graph_edge *edges;
    size_t edge_count, edge_capacity;
    size_t *first; /* of a node's arcs; one more than nodes */
    struct graph_arc *arcs;
    size_t first_capacity, arc_capacity;

    /* graph_find_components */
    uint32_t *component, component_count; /* by node */
    uint32_t *visible_in;                 /* by component: how many visible nodes */
    uint32_t *order, *low, *stack, *path; /* Tarjan's */
    size_t *next;
    size_t node_capacity[6], next_capacity;

    /* graph_shortest_cycle: by node, and hidden ones a second time */
    uint32_t *seen, *came_from, *came_by, *queue, seen_now;
    size_t search_capacity[4], seen_cleared;
    struct graph_step *cycle;
    size_t cycle_length, cycle_capacity;
};

void graph_clear(struct graph *, uint32_t visible);
bool graph_add_hidden(struct graph *, uint32_t *node);
bool graph_add_edge(struct graph *, struct limits *, uint32_t from, uint32_t to, uint32_t label);
void graph_free(struct graph *, struct limits *);

/* Sorts the edges by their nodes and finds the components: Tarjan, "Depth-first search and linear
 * graph algorithms", 1972; O(nodes + edges). False: a limit was passed. */
bool graph_find_components(struct graph *, struct limits *);
/* Is there a cycle of two visible nodes or more in it? */
static inline bool graph_is_cyclic(const struct graph *g, uint32_t component) {
    return g->visible_in[component] > 1;
}

/*
 * The shortest cycle through any of these visible nodes of one cyclic component, into `cycle`: a
 * breadth-first search from each, until so many nodes were visited that more would take too
 * long; then it is the shortest through those that were tried. False: a limit was passed.
 */
bool graph_shortest_cycle(struct graph *, struct limits *, const uint32_t *starts, size_t count);

#endif
