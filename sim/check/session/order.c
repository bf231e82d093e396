/*
 * Without versions: is there an order of the writes that keeps all guarantees? Each earlier and
 * later operation of a session demand that what the one read or wrote is not after what the other
 * did; as writes are unique, that is "before" between any two of them. So a guarantee can be kept
 * just when the graph of its demands has no cycle, and all four together when the graph of all has
 * none.
 *
 * "Each completed before each invoked after" would be a product of edges. Instead completed
 * operations lead into a chain of hidden nodes, and an operation is led to from the chain's end: a
 * sum. Where that last node already leads to an operation, what is completed later gets a new one,
 * so it binds none that overlaps it. O(operations) for a key, and again for each guarantee where
 * there is a cycle.
 */
#include "check/session/internal.h"

#include <string.h>

struct demands {
    struct judge *judge;
    bool all; /* else those of one guarantee */
    enum guarantee only;
    bool first_time; /* counts what is judged, and says what is wrong with reads of null */
    uint32_t end;    /* of the session's chain; NONE: nothing completed yet */
    bool end_leads;  /* to an operation */
    uint32_t last_read, last_write; /* completed, of values; NONE: none */
    struct before before;
};

static bool wanted(const struct demands *d, bool earlier_writes, bool later_writes) {
    return d->all || guarantee_of(earlier_writes, later_writes) == d->only;
}
static bool from_wanted(const struct demands *d, bool earlier_writes) {
    return wanted(d, earlier_writes, false) || wanted(d, earlier_writes, true);
}
static bool to_wanted(const struct demands *d, bool later_writes) {
    return wanted(d, false, later_writes) || wanted(d, true, later_writes);
}

static bool edge(struct demands *d, uint32_t from, uint32_t to, uint32_t label) {
    return graph_add_edge(&d->judge->graph, d->judge->limits, from, to, label);
}

static void begin(void *context) {
    struct demands *d = context;
    d->end = d->last_read = d->last_write = NONE;
    d->before = (struct before){0};
}

/* What was read or written here is not after anything that the chain leads to from now on. */
static bool lead_from(struct demands *d, uint32_t place, uint32_t number) {
    if (d->end == NONE || d->end_leads) {
        const uint32_t old = d->end;
        if (!graph_add_hidden(&d->judge->graph, &d->end)) return false;
        d->end_leads = false;
        if (old != NONE && !edge(d, old, d->end, GRAPH_NO_LABEL)) return false;
    }
    return edge(d, place, d->end, number);
}

static bool completed(void *context, uint32_t number) {
    struct demands *d = context;
    const struct operation *o = operation(d->judge, number);
    const uint32_t read = place_read(d->judge, o), written = place_written(d->judge, o);
    d->before.reads = d->before.reads || read != NONE;
    d->before.writes = d->before.writes || written != NONE;
    if (read != NONE && read != 0) {
        d->last_read = number;
        if (from_wanted(d, false) && !lead_from(d, read, number)) return false;
    }
    if (written == NONE) return true;
    d->last_write = number;
    return !from_wanted(d, true) || lead_from(d, written, number);
}

static bool lead_to(struct demands *d, uint32_t place, uint32_t number) {
    if (d->end == NONE) return true;
    d->end_leads = true;
    return edge(d, d->end, place, number);
}

static bool breach(struct demands *d, enum guarantee g, uint32_t earlier, uint32_t first,
                   uint32_t later, uint32_t second) {
    const struct place *places = d->judge->places;
    return report_breach(d->judge, &(struct breach){.guarantee = g,
                                                    .earlier = earlier,
                                                    .later = later,
                                                    .first = &places[first],
                                                    .second = &places[second],
                                                    .second_is_null = second == 0});
}

/* Null is before all writes, so no order helps. */
static bool read_null(struct demands *d, uint32_t number) {
    const struct judge *j = d->judge;
    if (!d->first_time) return true;
    if (d->last_write != NONE && !breach(d, READ_YOUR_WRITES, d->last_write,
                                         place_written(j, operation(j, d->last_write)), number, 0))
        return false;
    return d->last_read == NONE || breach(d, MONOTONIC_READS, d->last_read,
                                          place_read(j, operation(j, d->last_read)), number, 0);
}

/* What an rmw reads is before what it writes. */
static bool read_then_write(struct demands *d, uint32_t number, uint32_t read, uint32_t written) {
    uint32_t between;
    if (!wanted(d, false, true) || read == NONE || read == 0) return true;
    if (read == written)
        return !d->first_time || breach(d, WRITES_FOLLOW_READS, number, read, number, written);
    return graph_add_hidden(&d->judge->graph, &between) && edge(d, read, between, number) &&
           edge(d, between, written, number);
}

static bool invoked(void *context, uint32_t number) {
    struct demands *d = context;
    const struct operation *o = operation(d->judge, number);
    const uint32_t read = place_read(d->judge, o), written = place_written(d->judge, o);
    if (d->first_time) count_judged(d->judge, &d->before, read != NONE, written != NONE);
    if (read == 0 && !read_null(d, number)) return false;
    if (read != NONE && read != 0 && to_wanted(d, false) && !lead_to(d, read, number)) return false;
    if (written == NONE) return true;
    return read_then_write(d, number, read, written) &&
           (!to_wanted(d, true) || lead_to(d, written, number));
}

static bool find_components(struct demands *d) {
    struct judge *j = d->judge;
    graph_clear(&j->graph, (uint32_t)j->place_count);
    return sweep_sessions(j, &(struct sweep){d, begin, completed, invoked}) &&
           graph_find_components(&j->graph, j->limits);
}

static bool has_cycle(const struct graph *g) {
    for (uint32_t c = 0; c < g->component_count; c++)
        if (graph_is_cyclic(g, c)) return true;
    return false;
}

/* ---- cycles: one anomaly a component ---- */

/* The places of each component, together: those of c begin at starts[c]. */
static bool sort_by_component(struct judge *j) {
    const struct graph *g = &j->graph;
    if (!limits_grow(j->limits, &j->members, &j->member_capacity, g->visible, sizeof *j->members) ||
        !limits_grow(j->limits, &j->starts, &j->start_capacity, (size_t)g->component_count + 1,
                     sizeof *j->starts))
        return false;
    uint32_t end = 0;
    for (uint32_t c = 0; c < g->component_count; c++) j->starts[c] = end += g->visible_in[c];
    j->starts[g->component_count] = end;
    for (uint32_t n = g->visible; n--;) j->members[--j->starts[g->component[n]]] = n;
    return true;
}

static bool report_component(struct judge *j, uint32_t c, const struct demands *d) {
    struct graph *g = &j->graph;
    const uint32_t *members = j->members + j->starts[c];
    const size_t count = j->starts[c + 1] - j->starts[c];
    g->cycle_length = 0;
    if (check_shows_more(j->result) && !graph_shortest_cycle(g, j->limits, members, count))
        return false;
    return report_cycle(j, !d->all, d->only);
}

/* A cycle of one guarantee's demands is a breach of it; its places need no more explanation. */
static bool judge_alone(struct judge *j, enum guarantee only) {
    struct demands d = {.judge = j, .only = only};
    if (!find_components(&d) || !sort_by_component(j)) return false;
    for (uint32_t c = 0; c < j->graph.component_count; c++) {
        if (!graph_is_cyclic(&j->graph, c)) continue;
        for (uint32_t i = j->starts[c]; i < j->starts[c + 1]; i++)
            j->explained[j->members[i]] = true;
        if (!report_component(j, c, &d)) return false;
    }
    return true;
}

/* What only all guarantees together make impossible. */
static bool judge_together(struct judge *j) {
    struct demands d = {.judge = j, .all = true};
    if (!find_components(&d) || !sort_by_component(j)) return false;
    for (uint32_t c = 0; c < j->graph.component_count; c++) {
        bool explained = !graph_is_cyclic(&j->graph, c);
        for (uint32_t i = j->starts[c]; i < j->starts[c + 1] && !explained; i++)
            explained = j->explained[j->members[i]];
        if (!explained && !report_component(j, c, &d)) return false;
    }
    return true;
}

bool judge_by_order(struct judge *j) {
    struct demands d = {.judge = j, .all = true, .first_time = true};
    if (!find_components(&d)) return false;
    if (!has_cycle(&j->graph)) return true;
    if (!limits_grow(j->limits, &j->explained, &j->explained_capacity, j->place_count,
                     sizeof *j->explained))
        return false;
    memset(j->explained, 0, j->place_count * sizeof *j->explained);
    for (int g = READ_YOUR_WRITES; g < GUARANTEES; g++)
        if (!judge_alone(j, (enum guarantee)g)) return false;
    return judge_together(j);
}
