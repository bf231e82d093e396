/*
 * Timers, at readings of a node's own clocks.
 *
 * A timer keeps one entry in the queue. Arming it later only rewrites what the entry will find when
 * it leaves: then it goes in again, with the order that the arming took. Arming it earlier adds an
 * entry and leaves the other behind as a stranger that is dropped when it leaves. So the usual life
 * of an election timeout, pushed back at each heartbeat, costs no tombstones.
 */
#include <stdlib.h>

#include "world/world.h"

static struct timer *timer_find(struct node *n, uint64_t id) {
    const uint32_t at = map_get(&n->timer_of, id);
    return at == MAP_NONE ? NULL : &n->timers[at];
}

static struct timer *timer_make(struct node *n, uint64_t id) {
    uint32_t at;
    if (n->timers_free_count) {
        at = n->timers_free[--n->timers_free_count];
    } else {
        n->timers = must_grow(n->timers, &n->timer_capacity, n->timer_count + 1, sizeof *n->timers);
        at = (uint32_t)n->timer_count++;
    }
    n->timers[at] = (struct timer){.id = id, .slot = NONE};
    map_set(&n->timer_of, id, at);
    return &n->timers[at];
}

/* Ids that are used once must not stay: a timer that is neither armed nor queued goes. */
static void timer_drop(struct node *n, struct timer *timer) {
    n->timers_free = must_grow(n->timers_free, &n->timers_free_capacity, n->timers_free_count + 1,
                               sizeof *n->timers_free);
    n->timers_free[n->timers_free_count++] = (uint32_t)(timer - n->timers);
    map_remove(&n->timer_of, timer->id);
}

static void timer_queue(struct world *w, sim_node node, struct timer *timer) {
    if (timer->due == INT64_MAX) return; /* a frozen clock: asked again when it runs */
    if (timer->slot != NONE && timer->queued_ns <= timer->due) return;
    const uint32_t i = slot_take(w);
    struct slot *s = &w->slots[i];
    s->kind = SLOT_TIMER;
    s->flags = 0;
    s->node = node;
    s->incarnation = w->nodes[node].incarnation;
    s->timer.id = timer->id;
    timer->slot = i;
    timer->queued_ns = timer->due;
    queue_push(&w->queue, queue_key_make(timer->due, timer->order, i));
}

static void timer_aim(struct world *w, sim_node node, struct timer *timer) {
    const struct clock *clock = w->nodes[node].clock;
    timer->due = timer->wall ? clock_wall_due(clock, w->now, timer->reading)
                             : clock_mono_due(clock, w->now, timer->reading);
    timer_queue(w, node, timer);
}

void timer_arm(struct world *w, sim_node node, uint64_t id, int64_t reading, bool wall) {
    struct timer *timer = timer_find(&w->nodes[node], id);
    if (!timer) timer = timer_make(&w->nodes[node], id);
    timer->armed = true;
    timer->wall = wall;
    timer->reading = reading;
    timer->order = order_next(w);
    timer->cause = w->cause;
    timer_aim(w, node, timer);
}

void timer_disarm(struct world *w, sim_node node, uint64_t id) {
    struct node *n = &w->nodes[node];
    struct timer *timer = timer_find(n, id);
    if (!timer) return;
    timer->armed = false;
    if (timer->slot == NONE) timer_drop(n, timer);
}

void timer_popped(struct world *w, uint32_t i) {
    struct slot *s = &w->slots[i];
    struct node *n = &w->nodes[s->node];
    struct timer *timer = s->incarnation == n->incarnation ? timer_find(n, s->timer.id) : NULL;
    if (!timer || timer->slot != i) { /* a stranger */
        slot_give(w, i);
        return;
    }
    timer->slot = NONE;
    if (!timer->armed) {
        timer_drop(n, timer);
        slot_give(w, i);
    } else if (timer->due > w->now) {
        if (timer->due == INT64_MAX) {
            slot_give(w, i);
            return;
        }
        timer->slot = i;
        timer->queued_ns = timer->due;
        queue_push(&w->queue, queue_key_make(timer->due, timer->order, i));
    } else {
        timer->slot = i; /* it may wait in the inbox, and be disarmed or pushed back there */
        timer->queued_ns = INT64_MIN;
        node_arrive(w, i);
    }
}

bool timer_take(struct world *w, struct slot *s) {
    struct node *n = &w->nodes[s->node];
    struct timer *timer = timer_find(n, s->timer.id);
    const uint32_t i = (uint32_t)(s - w->slots);
    if (!timer || timer->slot != i) return false;
    timer->slot = NONE;
    if (!timer->armed) {
        timer_drop(n, timer);
        return false;
    }
    if (timer->due > w->now) { /* armed again, for later, while it waited */
        timer_queue(w, s->node, timer);
        return false;
    }
    timer->armed = false;
    s->cause = timer->cause;
    timer_drop(n, timer);
    return true;
}

void timers_moved(struct world *w, sim_node node) {
    struct node *n = &w->nodes[node];
    for (size_t i = 0; i < n->timer_count; i++)
        if (n->timers[i].armed && map_get(&n->timer_of, n->timers[i].id) == i)
            timer_aim(w, node, &n->timers[i]);
}

void timers_clear(struct node *n) {
    map_clear(&n->timer_of);
    n->timer_count = n->timers_free_count = 0;
}
