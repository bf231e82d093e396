/*
 * Cores and lanes: who computes, and how fast.
 *
 * Lanes that have work share the host's cores evenly, each at most one core: the limit of time
 * slices that grow short (processor sharing). While every running lane gets the same rate, one
 * number tells it all: `served`, the work that a lane running since the start would have had. A
 * lane ends when `served` reaches what it was at its start plus its work, so nothing is rewritten
 * when others come and go (Parekh and Gallager's virtual time, 1993). served counts in 2^-32 ns and
 * is rounded down at each change; ends are rounded up to a ns, once SLACK has forgiven what a
 * million changes rounded away, so that shares which come out even end on the nanosecond.
 */
#include <stdlib.h>

#include "world/world.h"

enum { FRACTION_BITS = 32, LANES_KEPT = 64 };
#define SLACK ((int128)1 << 20)
#define BILLION INT64_C(1000000000)

struct piece {
    int64_t cpu_ns;
    uint64_t tag;
    int64_t cause;
};
struct lane {
    sim_node node;
    uint32_t lane;
    bool running; /* in the host's list */
    int128 ends;  /* at this value of served */
    int128 left;  /* while it is paused */
    uint64_t order;
    struct piece *pieces; /* a ring: the first is being worked on */
    size_t first, count, capacity;
};
struct cpu {
    uint32_t cores;
    int64_t speed_ppb;
    int128 served;
    int64_t since_ns;
    struct lane *lanes;
    size_t count, capacity;
    uint32_t *unused; /* places in lanes */
    size_t unused_count, unused_capacity;
    uint32_t *running;
    size_t running_count, running_capacity;
    uint32_t slot; /* its entry in the queue; NONE */
    int64_t queued_ns;
};

struct cpu *cpu_open(uint32_t cores) {
    struct cpu *c = must_calloc(1, sizeof *c);
    c->cores = cores ? cores : UINT32_MAX;
    c->speed_ppb = BILLION;
    c->slot = NONE;
    return c;
}

void cpu_close(struct cpu *c) {
    for (size_t i = 0; i < c->count; i++) free(c->lanes[i].pieces);
    free(c->lanes);
    free(c->unused);
    free(c->running);
    free(c);
}

int64_t cpu_lanes_running(const struct cpu *c) { return (int64_t)c->running_count; }

/* Work done by each running lane in `elapsed` ns, in 2^-32 ns: at most one core for each. */
static int128 share(const struct cpu *c, int64_t elapsed) {
    const size_t n = c->running_count;
    int128 work = ((int128)elapsed << FRACTION_BITS);
    if (c->speed_ppb != BILLION) work = work * c->speed_ppb / BILLION;
    return n > c->cores ? work * c->cores / (int128)n : work;
}

static void cpu_advance(struct world *w, struct cpu *c) {
    if (c->running_count) c->served += share(c, w->now - c->since_ns);
    c->since_ns = w->now;
}

/* The queue's entry for the next end: as with timers, a later one only lets it be found early. */
static void cpu_aim(struct world *w, uint32_t host) {
    struct cpu *c = w->hosts[host].cpu;
    if (!c->running_count || c->speed_ppb <= 0) return;
    int128 least = c->lanes[c->running[0]].ends;
    for (size_t i = 1; i < c->running_count; i++)
        if (c->lanes[c->running[i]].ends < least) least = c->lanes[c->running[i]].ends;
    int128 left = least - SLACK - c->served;
    if (left < 0) left = 0;
    const int128 n = (int128)c->running_count, cores = c->cores;
    if (n > cores) left = (left * n + cores - 1) / cores;
    if (c->speed_ppb != BILLION) left = (left * BILLION + c->speed_ppb - 1) / c->speed_ppb;
    int128 ns = (left + ((int128)1 << FRACTION_BITS) - 1) >> FRACTION_BITS;
    if (ns > INT64_MAX / 4) ns = INT64_MAX / 4;
    int64_t due = add_sat(w->now, (int64_t)ns);
    if (c->slot != NONE && c->queued_ns <= due) return;
    const uint32_t i = slot_take(w);
    struct slot *s = &w->slots[i];
    s->kind = SLOT_CPU;
    s->flags = 0;
    s->work.host = host;
    c->slot = i;
    c->queued_ns = due;
    schedule(w, due, i);
}

static uint32_t lane_find(struct world *w, sim_node node, uint32_t lane, bool make) {
    struct node *n = &w->nodes[node];
    struct cpu *c = w->hosts[n->host].cpu;
    uint32_t at = map_get(&n->lane_of, lane);
    if (at != MAP_NONE || !make) return at;
    if (c->unused_count) {
        at = c->unused[--c->unused_count];
    } else {
        c->lanes = must_grow(c->lanes, &c->capacity, c->count + 1, sizeof *c->lanes);
        at = (uint32_t)c->count++;
        c->lanes[at] = (struct lane){0};
    }
    struct lane *l = &c->lanes[at]; /* its ring is used again */
    *l = (struct lane){.node = node, .lane = lane, .pieces = l->pieces, .capacity = l->capacity};
    map_set(&n->lane_of, lane, at);
    n->lanes = must_grow(n->lanes, &n->lane_capacity, n->lane_count + 1, sizeof *n->lanes);
    n->lanes[n->lane_count++] = at;
    return at;
}

/* A model may take a new lane for each task: those that are idle go, but for some that come back.
 */
static void lane_release(struct world *w, struct cpu *c, uint32_t at) {
    const struct lane *l = &c->lanes[at];
    struct node *n = &w->nodes[l->node];
    if (l->count || l->lane == LANE_MAIN || n->lane_count <= LANES_KEPT) return;
    size_t i = 0;
    while (n->lanes[i] != at) i++;
    n->lanes[i] = n->lanes[--n->lane_count];
    map_remove(&n->lane_of, l->lane);
    c->unused = must_grow(c->unused, &c->unused_capacity, c->unused_count + 1, sizeof *c->unused);
    c->unused[c->unused_count++] = at;
}

static void lane_run(struct world *w, struct cpu *c, uint32_t at, int128 work) {
    struct lane *l = &c->lanes[at];
    l->running = true;
    l->ends = c->served + work;
    l->order = w->order++;
    c->running =
        must_grow(c->running, &c->running_capacity, c->running_count + 1, sizeof *c->running);
    c->running[c->running_count++] = at;
}

static void lane_halt(struct cpu *c, uint32_t at) {
    size_t i = 0;
    while (c->running[i] != at) i++;
    c->running[i] = c->running[--c->running_count];
    c->lanes[at].running = false;
}

static int128 piece_work(const struct lane *l) {
    return (int128)l->pieces[l->first].cpu_ns << FRACTION_BITS;
}

static void lane_next(struct world *w, struct cpu *c, uint32_t at) {
    struct lane *l = &c->lanes[at];
    if (!l->count) return;
    if (w->nodes[l->node].paused)
        l->left = piece_work(l);
    else
        lane_run(w, c, at, piece_work(l));
}

void cpu_work(struct world *w, sim_node node, uint32_t lane, int64_t cpu_ns, uint64_t tag) {
    const uint32_t host = w->nodes[node].host;
    struct cpu *c = w->hosts[host].cpu;
    cpu_advance(w, c);
    const uint32_t at = lane_find(w, node, lane, true);
    struct lane *l = &c->lanes[at];
    if (l->count == l->capacity) { /* unroll the ring into a larger one */
        const size_t size = l->capacity ? l->capacity * 2 : 4;
        struct piece *pieces = must_calloc(size, sizeof *pieces);
        for (size_t i = 0; i < l->count; i++) pieces[i] = l->pieces[(l->first + i) % l->capacity];
        free(l->pieces);
        l->pieces = pieces;
        l->capacity = size;
        l->first = 0;
    }
    l->pieces[(l->first + l->count++) % l->capacity] =
        (struct piece){cpu_ns > 0 ? cpu_ns : 0, tag, w->cause};
    if (l->count == 1) lane_next(w, c, at);
    cpu_aim(w, host);
}

void cpu_cancel(struct world *w, sim_node node, uint32_t lane, uint64_t tag) {
    const uint32_t host = w->nodes[node].host;
    struct cpu *c = w->hosts[host].cpu;
    const uint32_t at = lane_find(w, node, lane, false);
    if (at == MAP_NONE) return;
    cpu_advance(w, c);
    struct lane *l = &c->lanes[at];
    for (size_t i = 0; i < l->count; i++) {
        if (l->pieces[(l->first + i) % l->capacity].tag != tag) continue;
        for (size_t k = i; k + 1 < l->count; k++)
            l->pieces[(l->first + k) % l->capacity] = l->pieces[(l->first + k + 1) % l->capacity];
        l->count--;
        if (i == 0) {
            if (l->running) lane_halt(c, at);
            lane_next(w, c, at);
        }
        lane_release(w, c, at);
        break;
    }
    cpu_aim(w, host);
}

/* The running lane that ends first among those that have ended; ties by who began first. */
static uint32_t lane_ended(const struct cpu *c) {
    uint32_t best = NONE;
    for (size_t i = 0; i < c->running_count; i++) {
        const struct lane *l = &c->lanes[c->running[i]];
        if (l->ends - SLACK > c->served) continue;
        if (best == NONE || l->ends < c->lanes[best].ends ||
            (l->ends == c->lanes[best].ends && l->order < c->lanes[best].order))
            best = c->running[i];
    }
    return best;
}

static void busy_ends(struct world *w, sim_node node) {
    struct node *n = &w->nodes[node];
    struct sim_out *out = n->held;
    n->held = NULL;
    n->busy = false;
    const uint32_t incarnation = n->incarnation;
    node_apply(w, node, out, 0);
    sim_out_spent(out);
    out_give(w, out);
    if (w->nodes[node].incarnation == incarnation) node_drain(w, node);
}

static void lane_done(struct world *w, sim_node node, uint32_t lane, const struct piece *piece) {
    const uint32_t i = slot_take(w);
    struct slot *s = &w->slots[i];
    s->kind = SLOT_WORK;
    s->flags = 0;
    s->node = node;
    s->incarnation = w->nodes[node].incarnation;
    s->cause = piece->cause;
    s->work.lane = lane;
    s->work.tag = piece->tag;
    node_arrive(w, i);
}

/* One end at a time: the next one of this instant comes as an event of its own, so that work which
 * takes no time and asks for more of its kind meets the limits of the loop. */
void cpu_popped(struct world *w, uint32_t i) {
    const uint32_t host = w->slots[i].work.host;
    struct cpu *c = w->hosts[host].cpu;
    slot_give(w, i);
    if (c->slot != i || c->queued_ns != w->now) return; /* a stranger */
    c->slot = NONE;
    cpu_advance(w, c);
    const uint32_t at = lane_ended(c);
    if (at != NONE) {
        struct lane *l = &c->lanes[at];
        const struct piece piece = l->pieces[l->first];
        const sim_node node = l->node;
        const uint32_t lane = l->lane;
        lane_halt(c, at);
        l->first = (l->first + 1) % l->capacity;
        l->count--;
        lane_next(w, c, at);
        lane_release(w, c, at);
        w->cause = piece.cause;
        if (lane == LANE_MAIN)
            busy_ends(w, node);
        else
            lane_done(w, node, lane, &piece);
    }
    cpu_aim(w, host);
}

void cpu_node_stops(struct world *w, sim_node node, bool for_ever) {
    struct node *n = &w->nodes[node];
    struct cpu *c = w->hosts[n->host].cpu;
    cpu_advance(w, c);
    for (size_t i = 0; i < n->lane_count; i++) {
        struct lane *l = &c->lanes[n->lanes[i]];
        if (l->running) {
            l->left = l->ends - c->served;
            lane_halt(c, n->lanes[i]);
        }
        if (for_ever) l->count = 0;
    }
    for (size_t i = n->lane_count; for_ever && i-- > 0;) lane_release(w, c, n->lanes[i]);
    cpu_aim(w, n->host);
}

void cpu_node_goes_on(struct world *w, sim_node node) {
    struct node *n = &w->nodes[node];
    struct cpu *c = w->hosts[n->host].cpu;
    cpu_advance(w, c);
    for (size_t i = 0; i < n->lane_count; i++)
        if (c->lanes[n->lanes[i]].count) lane_run(w, c, n->lanes[i], c->lanes[n->lanes[i]].left);
    cpu_aim(w, n->host);
}

void cpu_speed(struct world *w, uint32_t host, int64_t ppb) {
    struct cpu *c = w->hosts[host].cpu;
    cpu_advance(w, c);
    c->speed_ppb = ppb > 0 ? ppb : 0;
    cpu_aim(w, host);
}
