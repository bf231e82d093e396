/* See zones.h. */
#include "check/linear/zones.h"

#include <stdlib.h>

struct zone {                      /* of a state, by its number; then, sorted, those that are one */
    uint32_t first_end, last_call; /* lines */
    uint32_t state, makers;
    uint32_t first_call, last_end; /* of those that make it */
    bool certain;                  /* an operation that is certain makes or needs it */
};

static void include(struct zone *z, uint32_t call, uint32_t end, bool certain) {
    z->certain = z->certain || certain;
    if (certain && end < z->first_end) z->first_end = end;
    if (call > z->last_call) z->last_call = call;
}

static void collect(const struct problem *p, struct zone *zones) {
    for (uint32_t i = 0; i < p->made_count; i++)
        zones[i] = (struct zone){.first_end = UINT32_MAX, .first_call = UINT32_MAX, .state = i};
    zones[0].makers = 1; /* the initial state was there before the first line */
    zones[0].first_call = 0;
    include(&zones[0], 0, 0, true);
    for (uint32_t i = 0; i < p->count; i++) {
        const struct entry *e = &p->entries[i];
        if (e->made != LINEAR_NONE) {
            struct zone *z = &zones[e->made];
            z->makers++;
            if (e->call < z->first_call) z->first_call = e->call;
            const uint32_t end = e->optional ? UINT32_MAX : e->end;
            if (end > z->last_end) z->last_end = end;
            include(&zones[e->made], e->call, e->end, !e->optional);
        }
        if (e->needed != LINEAR_NONE && !e->optional)
            include(&zones[e->needed], e->call, e->end, true);
    }
}

static bool is_once(const struct zone *z) { return z->makers == 1 && z->certain; }
static bool is_zone(const struct zone *z) { return is_once(z) && z->first_end < z->last_call; }

static int by_beginning(const void *left, const void *right) {
    const struct zone *a = left, *b = right;
    if (a->first_end != b->first_end) return a->first_end < b->first_end ? -1 : 1;
    return a->state < b->state ? -1 : a->state > b->state;
}

/* The zone of another state within which all from one line to another is; they do not overlap. */
static bool is_within(const struct zone *zones, size_t count, uint32_t from, uint32_t to,
                      uint32_t state) {
    size_t low = 0, high = count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (zones[middle].first_end < from)
            low = middle + 1;
        else
            high = middle;
    }
    return low > 0 && to < zones[low - 1].last_call && zones[low - 1].state != state;
}

static bool collides(const struct problem *p, const struct zone *all, const struct zone *zones,
                     size_t count) {
    for (size_t i = 1; i < count; i++)
        if (zones[i].first_end < zones[i - 1].last_call) return true;
    for (uint32_t i = 0; i < p->count; i++) {
        const struct entry *e = &p->entries[i];
        if (e->optional) continue;
        if (e->made != LINEAR_NONE && is_within(zones, count, e->call, e->end, e->made))
            return true;
        if (e->needed != LINEAR_NONE && is_within(zones, count, e->call, e->end, e->needed))
            return true;
    }
    for (uint32_t i = 0; i < p->made_count; i++)
        if (is_once(&all[i]) && !is_zone(&all[i]) &&
            is_within(zones, count, all[i].last_call, all[i].first_end, i))
            return true;
    return false;
}

/* What an observer needs must have been made before the observer ended, and not been overwritten
 * for good before it began: of those that made another state and were over by then, let the last to
 * begin have begun after every maker had ended. `latest` are the last to begin of two states. */
static bool has_no_source(const struct problem *p, const struct zone *all) {
    struct {
        uint32_t call, state;
    } latest[2] = {{0, LINEAR_NONE}, {0, LINEAR_NONE}};
    uint32_t over = 0; /* of p->ends: those that had ended */
    for (uint32_t i = 0; i < p->count; i++) {
        const struct entry *e = &p->entries[i];
        for (; over < p->certain && p->entries[p->ends[over]].end < e->call; over++) {
            const struct entry *o = &p->entries[p->ends[over]];
            if (o->made == LINEAR_NONE) continue;
            if (o->made != latest[0].state && o->call > latest[0].call) latest[1] = latest[0];
            const int place = o->made == latest[0].state || o->call > latest[0].call ? 0 : 1;
            if (o->call > latest[place].call) {
                latest[place].call = o->call;
                latest[place].state = o->made;
            }
        }
        if (e->optional || e->needed == LINEAR_NONE) continue;
        const struct zone *source = &all[e->needed];
        const uint32_t overwritten = latest[latest[0].state == e->needed].call;
        if (source->first_call > e->end || source->last_end < overwritten) return true;
    }
    return false;
}

enum zones_answer zones_judge(const struct problem *p) {
    struct limits *l = p->states->limits;
    struct zone *all = limits_take(l, p->made_count, sizeof *all);
    struct zone *zones = limits_take(l, p->made_count, sizeof *zones);
    enum zones_answer answer = ZONES_LIMIT;
    if (all && zones) {
        size_t count = 0;
        collect(p, all);
        for (uint32_t i = 0; i < p->made_count; i++)
            if (is_zone(&all[i])) zones[count++] = all[i];
        qsort(zones, count, sizeof *zones, by_beginning);
        answer = has_no_source(p, all) || collides(p, all, zones, count) ? ZONES_NO_ORDER
                                                                         : ZONES_UNDECIDED;
    }
    limits_give(l, all, p->made_count, sizeof *all);
    limits_give(l, zones, p->made_count, sizeof *zones);
    return answer;
}
