/*
 * The list of faults, and the one function that all of them pass through.
 *
 * A fault that lasts stays in a second list until it is healed; what it does is done by the part of
 * the world that it befalls, which reports back when the fault has changed something.
 */
#include <stdlib.h>

#include "world/world.h"

struct fault_list {
    bool random; /* all of them are drawn from the seed, whoever injects them */
    struct fault_entry *entries;
    size_t count, capacity;
    uint32_t *lasting;
    size_t lasting_count, lasting_capacity;
};

struct fault_list *faults_open(void) {
    return must_calloc(1, sizeof(struct fault_list));
}
void faults_close(struct fault_list *l) {
    free(l->entries);
    free(l->lasting);
    free(l);
}

static const char *const fault_names[FAULT_KINDS] = {
    [FAULT_CUT] = "cut",
    [FAULT_LOSS] = "loss",
    [FAULT_DUPLICATE] = "duplicate",
    [FAULT_REORDER] = "reorder",
    [FAULT_CORRUPT] = "corrupt",
    [FAULT_DELAY] = "delay",
    [FAULT_CONGEST] = "congest",
    [FAULT_HOLD] = "hold",
    [FAULT_CRASH] = "crash",
    [FAULT_RESTART] = "restart",
    [FAULT_PAUSE] = "pause",
    [FAULT_SLOW_CPU] = "slow_cpu",
    [FAULT_DISK_SLOW] = "disk_slow",
    [FAULT_DISK_STUCK] = "disk_stuck",
    [FAULT_DISK_FULL] = "disk_full",
    [FAULT_WRITE_FAILS] = "write_fails",
    [FAULT_SYNC_FAILS] = "sync_fails",
    [FAULT_READ_FAILS] = "read_fails",
    [FAULT_SYNC_LIES] = "sync_lies",
    [FAULT_BIT_ROT] = "bit_rot",
    [FAULT_DISK_LOST] = "disk_lost",
    [FAULT_CLOCK_JUMP] = "clock_jump",
    [FAULT_CLOCK_DRIFT] = "clock_drift",
    [FAULT_CLOCK_FREEZE] = "clock_freeze",
    [FAULT_CLOCK_LIE] = "clock_lie",
};

const char *fault_kind_name(enum fault_kind kind) {
    return kind < FAULT_KINDS ? fault_names[kind] : "?";
}

bool fault_kind_find(const char *name, enum fault_kind *kind) {
    for (unsigned i = 0; i < FAULT_KINDS; i++)
        if (strcmp(fault_names[i], name) == 0) {
            *kind = (enum fault_kind)i;
            return true;
        }
    return false;
}

static bool lasts(enum fault_kind kind) {
    switch (kind) {
    case FAULT_CRASH:
    case FAULT_RESTART:
    case FAULT_BIT_ROT:
    case FAULT_DISK_LOST:
    case FAULT_CLOCK_JUMP: return false;
    default: return true;
    }
}

void fault_effective(struct world *w, size_t index) {
    if (index < w->faults->count) w->faults->entries[index].effective++;
}

size_t faults_lasting(const struct world *w, const uint32_t **indexes) {
    *indexes = w->faults->lasting;
    return w->faults->lasting_count;
}

size_t fault_active(const struct world *w, enum fault_kind kind, sim_node a, sim_node b) {
    const struct fault_list *l = w->faults;
    for (size_t i = 0; i < l->lasting_count; i++) {
        const struct fault *f = &l->entries[l->lasting[i]].fault;
        if (f->kind == kind && (f->a == SIM_NOBODY || f->a == a) &&
            (f->b == SIM_NOBODY || f->b == b))
            return l->lasting[i];
    }
    return SIZE_MAX;
}

void faults_of_life_end(struct world *w, sim_node node) {
    struct fault_list *l = w->faults;
    size_t kept = 0;
    for (size_t i = 0; i < l->lasting_count; i++) {
        struct fault_entry *entry = &l->entries[l->lasting[i]];
        if (entry->fault.kind == FAULT_PAUSE && entry->fault.a == node)
            entry->healed_ns = w->now;
        else
            l->lasting[kept++] = l->lasting[i];
    }
    l->lasting_count = kept;
}

static int64_t record_fault(struct world *w, enum record_kind kind, const struct fault *f,
                            int64_t index) {
    struct record r = {.cause = w->cause,
                       .kind = kind,
                       .node = f->a,
                       .peer = f->b,
                       .type = f->kind,
                       .a = f->x,
                       .b = f->y,
                       .c = index};
    return record_add(w, &r, 0);
}

static bool crash_host(struct world *w, const struct fault *f) {
    if (!f->x) { /* the process alone */
        const bool was_up = w->nodes[f->a].up;
        node_crash(w, f->a, false, NULL);
        return was_up;
    }
    bool any = false;
    const uint32_t host = w->nodes[f->a].host;
    for (size_t i = 0; i < w->hosts[host].node_count; i++) {
        const sim_node node = w->hosts[host].nodes[i];
        if (w->nodes[node].up) {
            any = true;
        } else { /* a process that died before has left a page cache, and its kernel's streams */
            any |= disk_crash_node(w, node, true) > 0;
            streams_crash(w, node, true);
        }
        node_crash(w, node, true, NULL);
    }
    return any;
}

/* A clock may stand still; no drift makes it run backwards. */
static int64_t drift_of(const struct fault *f) { return f->x > -1000000000 ? f->x : -1000000000; }

static bool clock_fault(struct world *w, const struct fault *f) {
    struct clock *c = w->hosts[w->nodes[f->a].host].clock;
    clock_rebase(c, w->now);
    const struct clock before = *c;
    switch (f->kind) {
    case FAULT_CLOCK_JUMP: c->wall_ns = add_sat(c->wall_ns, f->x); break;
    case FAULT_CLOCK_DRIFT: c->drift_ppb = drift_of(f); break;
    case FAULT_CLOCK_FREEZE: c->frozen = true; break;
    default: c->lie_ns = f->x; break;
    }
    host_clock_changed(w, w->nodes[f->a].host);
    return c->wall_ns != before.wall_ns || c->drift_ppb != before.drift_ppb ||
           c->frozen != before.frozen || (c->lie_ns != before.lie_ns && c->error_ns >= 0);
}

static bool restart(struct world *w, sim_node node) {
    if (w->nodes[node].up) return false;
    struct record r = {.cause = w->cause, .kind = RECORD_RESTART, .node = node, .peer = SIM_NOBODY};
    w->cause = record_add(w, &r, 0);
    node_power_on(w, node);
    return true;
}

/* Does it now; whether it changed something at once. */
static bool befall(struct world *w, const struct fault *f, size_t index) {
    switch (f->kind) {
    case FAULT_CRASH: return crash_host(w, f);
    case FAULT_RESTART: return restart(w, f->a);
    case FAULT_PAUSE: {
        const bool runs = w->nodes[f->a].up && !w->nodes[f->a].paused;
        node_pause(w, f->a);
        return runs;
    }
    case FAULT_SLOW_CPU: cpu_speed(w, w->nodes[f->a].host, f->x); return f->x != 1000000000;
    case FAULT_HOLD: net_hold_open(w, index); return false;
    case FAULT_CLOCK_JUMP:
    case FAULT_CLOCK_DRIFT:
    case FAULT_CLOCK_FREEZE:
    case FAULT_CLOCK_LIE: return clock_fault(w, f);
    default: return f->kind >= FAULT_DISK_SLOW ? disk_fault(w, f, index) : false;
    }
}

size_t world_fault(struct world *w, const struct fault *fault, bool generated) {
    struct fault_list *l = w->faults;
    const struct fault f = *fault;
    const int64_t cause = w->cause;
    assert(f.kind < FAULT_KINDS && (f.kind <= FAULT_HOLD || f.a < w->node_count));
    l->entries = must_grow(l->entries, &l->capacity, l->count + 1, sizeof *l->entries);
    const size_t index = l->count++;
    const int64_t seq = record_fault(w, RECORD_FAULT, &f, (int64_t)index);
    l->entries[index] = (struct fault_entry){.fault = f,
                                             .t = w->now,
                                             .seq = seq,
                                             .healed_ns = lasts(f.kind) ? INT64_MAX : w->now,
                                             .generated = generated || l->random,
                                             .until_ns = INT64_MAX};
    w->cause = seq;
    if (lasts(f.kind)) {
        l->lasting =
            must_grow(l->lasting, &l->lasting_capacity, l->lasting_count + 1, sizeof *l->lasting);
        l->lasting[l->lasting_count++] = (uint32_t)index;
    }
    if (f.kind <= FAULT_HOLD) net_faults_changed(w);
    if (befall(w, &f, index)) fault_effective(w, index);
    w->cause = cause;
    return index;
}

static void until_is_here(struct world *w, void *context) {
    world_heal_one(w, (size_t)(uintptr_t)context); /* unless it was healed before */
}

size_t world_fault_planned(struct world *w, const struct fault *fault, int64_t until_ns) {
    const size_t index = world_fault(w, fault, true);
    struct fault_entry *entry = &w->faults->entries[index];
    entry->planned = true;
    entry->until_ns = until_ns;
    if (until_ns < INT64_MAX && lasts(fault->kind))
        world_at(w, until_ns, until_is_here, (void *)(uintptr_t)index);
    return index;
}

/* What of its kind still lasts on that host holds again: the last one that was said. */
static void restore(struct world *w, const struct fault *f) {
    const struct fault_list *l = w->faults;
    const uint32_t host = w->nodes[f->a].host;
    const struct fault *still = NULL;
    for (size_t i = 0; i < l->lasting_count; i++) {
        const struct fault *other = &l->entries[l->lasting[i]].fault;
        if (other->kind == f->kind && w->nodes[other->a].host == host) still = other;
    }
    if (f->kind == FAULT_SLOW_CPU) {
        cpu_speed(w, host, still ? still->x : 1000000000);
        return;
    }
    struct clock *c = w->hosts[host].clock;
    clock_rebase(c, w->now);
    switch (f->kind) {
    case FAULT_CLOCK_DRIFT: c->drift_ppb = still ? drift_of(still) : c->usual_drift_ppb; break;
    case FAULT_CLOCK_FREEZE: c->frozen = still != NULL; break;
    case FAULT_CLOCK_LIE: c->lie_ns = still ? still->x : -1; break;
    default: return;
    }
    host_clock_changed(w, host);
}

static bool still_paused(const struct world *w, sim_node node) {
    const struct fault_list *l = w->faults;
    for (size_t i = 0; i < l->lasting_count; i++) {
        const struct fault *f = &l->entries[l->lasting[i]].fault;
        if (f->kind == FAULT_PAUSE && f->a == node) return true;
    }
    return false;
}

static void heal(struct world *w, size_t index) {
    struct fault_entry *entry = &w->faults->entries[index];
    const struct fault f = entry->fault;
    entry->healed_ns = w->now;
    const int64_t cause = w->cause;
    w->cause = record_fault(w, RECORD_HEAL, &f, (int64_t)index);
    switch (f.kind) {
    case FAULT_HOLD:
        net_faults_changed(w);
        net_hold_close(w, index);
        break;
    case FAULT_PAUSE:
        if (!still_paused(w, f.a)) node_resume(w, f.a);
        break;
    case FAULT_SLOW_CPU:
    case FAULT_CLOCK_DRIFT:
    case FAULT_CLOCK_FREEZE:
    case FAULT_CLOCK_LIE: restore(w, &f); break;
    default:
        if (f.kind < FAULT_HOLD)
            net_faults_changed(w);
        else
            disk_heal(w, &f, index);
    }
    w->cause = cause;
}

bool world_heal_one(struct world *w, size_t index) {
    struct fault_list *l = w->faults;
    for (size_t i = 0; i < l->lasting_count; i++) {
        if (l->lasting[i] != index) continue;
        memmove(&l->lasting[i], &l->lasting[i + 1],
                (l->lasting_count - i - 1) * sizeof *l->lasting);
        l->lasting_count--;
        heal(w, index);
        return true;
    }
    return false;
}

size_t world_heal(struct world *w, enum fault_kind kind, sim_node a, sim_node b) {
    size_t healed = 0;
    for (size_t i = 0; i < w->faults->lasting_count;) {
        const uint32_t index = w->faults->lasting[i];
        const struct fault *f = &w->faults->entries[index].fault;
        if (kind != FAULT_KINDS && (f->kind != kind || f->a != a || f->b != b)) {
            i++;
            continue;
        }
        world_heal_one(w, index);
        healed++;
        i = 0; /* healing may run a node, and more */
    }
    return healed;
}

void world_random_faults(struct world *w) { w->faults->random = true; }

size_t world_faults(const struct world *w) { return w->faults->count; }
const struct fault_entry *world_fault_entry(const struct world *w, size_t index) {
    assert(index < w->faults->count);
    return &w->faults->entries[index];
}
