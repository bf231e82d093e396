/*
 * Drawing a storm: first all strikes of all kinds, in order of time; then one after the other, who
 * is hit and for how long, with an eye on who is away already.
 *
 * A Poisson process: the times between two strikes are exponential with mean 1 / rate.
 */
#include "explore/chaos.h"

#include <stdlib.h>

#include "base/memory.h"
#include "base/wide.h"

#define MS INT64_C(1000000)

struct strike {
    int64_t t;
    size_t kind;
    uint64_t key; /* of its own draws */
};
struct storm {
    const struct chaos_request *request;
    struct fault_plan *plan;
    int64_t *away_until; /* by place in request->nodes */
};

/* ---- who is away ---- */

static size_t away_at(const struct storm *storm, int64_t t) {
    size_t away = 0;
    for (size_t i = 0; i < storm->request->node_count; i++) away += storm->away_until[i] > t;
    return away;
}

/* ---- adding to the plan ---- */

static void add(const struct storm *storm, struct fault fault, int64_t t, int64_t until) {
    plan_add(storm->plan, (struct planned_fault){fault, t, until});
}

static void add_between(const struct storm *storm, struct fault fault, size_t a, size_t b,
                        int64_t t, int64_t until, bool both) {
    const sim_node *nodes = storm->request->nodes;
    fault.a = nodes[a];
    fault.b = nodes[b];
    add(storm, fault, t, until);
    if (!both) return;
    fault.a = nodes[b];
    fault.b = nodes[a];
    add(storm, fault, t, until);
}

/* It comes back; one in eight is struck again while it starts. */
static void add_down(struct storm *storm, struct fault fault, size_t node, int64_t t, int64_t until,
                     struct random *r) {
    const int64_t again = draw_below(r, 8), after = draw_below(r, 30 * MS);
    fault.a = storm->request->nodes[node];
    fault.b = SIM_NOBODY;
    const struct fault restart = {FAULT_RESTART, fault.a, SIM_NOBODY, 0, 0};
    add(storm, fault, t, INT64_MAX);
    add(storm, restart, until, INT64_MAX);
    if (again == 0 && until + after + 100 * MS <= storm->request->to_ns) {
        add(storm, fault, until + after, INT64_MAX);
        until += after + 100 * MS;
        add(storm, restart, until, INT64_MAX);
    }
    storm->away_until[node] = until + 1;
}

static void add_flaps(const struct storm *storm, struct fault fault, size_t a, size_t b, int64_t t,
                      int64_t until, int64_t down) {
    if (down < 1) down = 1;
    for (int64_t at = t; at < until; at = add_sat(at, 2 * down)) {
        const int64_t end = add_sat(at, down);
        add_between(storm, fault, a, b, at, end < until ? end : until, true);
    }
}

static void add_partition(const struct storm *storm, struct fault fault, int64_t t, int64_t until,
                          struct random *r) {
    const size_t n = storm->request->node_count;
    const size_t apart = (size_t)draw_below(r, (int64_t)n); /* so that neither group is empty */
    const size_t other = (apart + 1 + (size_t)draw_below(r, (int64_t)n - 1)) % n;
    bool *side = must_calloc(n, sizeof *side);
    for (size_t i = 0; i < n; i++) side[i] = draw_below(r, 2) != 0;
    side[apart] = true;
    side[other] = false;
    for (size_t i = 0; i < n; i++)
        for (size_t k = i + 1; k < n; k++)
            if (side[i] != side[k]) add_between(storm, fault, i, k, t, until, true);
    free(side);
}

/* ---- one strike ---- */

static int64_t even(struct random *r, int64_t low, int64_t high) {
    return low + draw_below(r, high - low + 1);
}

static void befall(struct storm *storm, const struct strike *s) {
    const struct chaos_request *request = storm->request;
    const struct chaos_kind *kind = &chaos_kinds[s->kind];
    struct random r = {s->key, 0};
    const size_t n = request->node_count, a = (size_t)draw_below(&r, (int64_t)n);
    const int64_t other = draw_below(&r, n > 1 ? (int64_t)n - 1 : 1);
    const size_t b = (a + 1 + (size_t)other) % n;
    const int64_t lasts = distribution_sample(&request->kinds[s->kind].lasts, &r);
    struct fault fault = {.kind = kind->fault, .a = SIM_NOBODY, .b = SIM_NOBODY, .y = kind->y};
    fault.x = even(&r, request->kinds[s->kind].low, request->kinds[s->kind].high);
    const int64_t end = add_sat(s->t, lasts < 1 ? 1 : lasts);
    const int64_t until = end < request->to_ns ? end : request->to_ns;
    const bool pairs = kind->shape >= CHAOS_LINK;
    if (pairs && n < 2) return;
    switch (kind->shape) {
    case CHAOS_DOWN:
        if (storm->away_until[a] > s->t || away_at(storm, s->t) >= request->down_max) return;
        add_down(storm, fault, a, s->t, until, &r);
        break;
    case CHAOS_NODE:
        if (kind->fault == FAULT_PAUSE) { /* what is paused is away too */
            if (storm->away_until[a] > s->t || away_at(storm, s->t) >= request->down_max) return;
            storm->away_until[a] = until;
        }
        fault.a = request->nodes[a];
        add(storm, fault, s->t, kind->lasts_high ? until : INT64_MAX);
        break;
    case CHAOS_LINK: add_between(storm, fault, a, b, s->t, until, true); break;
    case CHAOS_LINK_ONE_WAY: add_between(storm, fault, a, b, s->t, until, false); break;
    case CHAOS_LINK_FLAPS: {
        const int64_t down = fault.x;
        fault.x = 0;
        add_flaps(storm, fault, a, b, s->t, until, down);
        break;
    }
    case CHAOS_ISOLATE:
        fault.a = request->nodes[a];
        add(storm, fault, s->t, until);
        fault.b = fault.a;
        fault.a = SIM_NOBODY;
        add(storm, fault, s->t, until);
        break;
    case CHAOS_PARTITION: add_partition(storm, fault, s->t, until, &r); break;
    }
}

/* ---- all of them ---- */

static int by_time(const void *a, const void *b) {
    const struct strike *x = a, *y = b;
    if (x->t != y->t) return x->t < y->t ? -1 : 1;
    if (x->kind != y->kind) return x->kind < y->kind ? -1 : 1;
    return x->key < y->key ? -1 : x->key > y->key;
}

static struct strike *draw_strikes(const struct chaos_request *request, uint64_t seed,
                                   size_t *count) {
    enum {
        STRIKES_MAX = 1000000
    }; /* a rate past all reason ends here, not in the machine's memory */
    struct strike *strikes = NULL;
    size_t capacity = 0;
    *count = 0;
    for (size_t k = 0; k < CHAOS_KINDS; k++) {
        const int64_t rate = request->kinds[k].rate;
        if (rate <= 0) continue;
        const uint64_t storm =
            random_key_named(random_key(UINT64_C(0x73746f726d), seed), "chaos", request->name);
        struct random r = {random_key_named(storm, "kind", chaos_kinds[k].name), 0};
        int64_t mean = INT64_C(1000000000000) / rate, t = request->from_ns;
        if (mean < 1) mean = 1;
        for (;;) {
            t = add_sat(t, exponential_sample(0, mean, draw(&r)) + 1);
            const uint64_t key = random_key(r.key, r.index);
            if (t >= request->to_ns || *count == STRIKES_MAX) break;
            strikes = must_grow(strikes, &capacity, *count + 1, sizeof *strikes);
            strikes[(*count)++] = (struct strike){t, k, key};
        }
    }
    if (*count) qsort(strikes, *count, sizeof *strikes, by_time);
    return strikes;
}

void chaos_plan(const struct chaos_request *request, uint64_t seed, struct fault_plan *plan) {
    size_t count;
    struct strike *strikes = draw_strikes(request, seed, &count);
    struct storm storm = {request, plan,
                          must_calloc(request->node_count, sizeof *storm.away_until)};
    for (size_t i = 0; i < count; i++) befall(&storm, &strikes[i]);
    free(storm.away_until);
    free(strikes);
    plan_sort(plan);
}
