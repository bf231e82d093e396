/* See zones.h. */
#include "check/linear/zones.h"

#include <stdlib.h>

#define NEVER UINT32_MAX /* no line */

struct zone {                      /* of a state, by its number; then, sorted, those that are one */
    uint32_t first_end, last_call; /* lines */
    uint32_t seen_by;              /* the last end of those that are certain */
    uint32_t state, makers;
    uint32_t first_call, last_end; /* of those that make it */
    bool certain;                  /* an operation that is certain makes or needs it */
};

static void include(struct zone *z, uint32_t call, uint32_t end, bool certain) {
    z->certain = z->certain || certain;
    if (certain && end > z->seen_by) z->seen_by = end;
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

/* The zone of another state within which all from one line to another is; they do not overlap. Its
 * `seen_by`; NEVER: there is none. */
static uint32_t is_within(const struct zone *zones, size_t count, uint32_t from, uint32_t to,
                          uint32_t state) {
    size_t low = 0, high = count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (zones[middle].first_end < from)
            low = middle + 1;
        else
            high = middle;
    }
    const bool found = low > 0 && to < zones[low - 1].last_call && zones[low - 1].state != state;
    return found ? zones[low - 1].seen_by : NEVER;
}

static uint32_t later(uint32_t a, uint32_t b) { return a > b ? a : b; }
static uint32_t earlier(uint32_t a, uint32_t b) { return a < b ? a : b; }

/* By when about the first collision is to be seen; NEVER: none is. */
static uint32_t collides(const struct problem *p, const struct zone *all, const struct zone *zones,
                         size_t count) {
    uint32_t line = NEVER;
    for (size_t i = 1; i < count; i++)
        if (zones[i].first_end < zones[i - 1].last_call)
            line = earlier(line, later(zones[i].seen_by, zones[i - 1].seen_by));
    if (line != NEVER) return line; /* what follows takes zones that do not overlap */
    for (uint32_t i = 0; i < p->count; i++) {
        const struct entry *e = &p->entries[i];
        if (e->optional) continue;
        const uint32_t states[] = {e->made, e->needed};
        for (int k = 0; k < 2; k++)
            if (states[k] != LINEAR_NONE)
                line = earlier(line, is_within(zones, count, e->call, e->end, states[k]));
    }
    for (uint32_t i = 0; i < p->made_count; i++)
        if (is_once(&all[i]) && !is_zone(&all[i]))
            line = earlier(line, is_within(zones, count, all[i].last_call, all[i].first_end, i));
    return line;
}

/* What an observer needs must have been made before the observer ended, and not been overwritten
 * for good before it began: of those that made another state and were over by then, let the last to
 * begin have begun after every maker had ended. `latest` are the last to begin of two states. By
 * when the first such observer ends; NEVER: there is none. */
static uint32_t has_no_source(const struct problem *p, const struct zone *all) {
    struct {
        uint32_t call, state;
    } latest[2] = {{0, LINEAR_NONE}, {0, LINEAR_NONE}};
    uint32_t over = 0, line = NEVER; /* over: of p->ends those that had ended */
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
        if (source->first_call > e->end || source->last_end < overwritten)
            line = earlier(line, e->end);
    }
    return line;
}

enum zones_answer zones_judge(const struct problem *p, uint32_t *line) {
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
        *line = earlier(has_no_source(p, all), collides(p, all, zones, count));
        answer = *line == NEVER ? ZONES_UNDECIDED : ZONES_NO_ORDER;
    }
    limits_give(l, all, p->made_count, sizeof *all);
    limits_give(l, zones, p->made_count, sizeof *zones);
    return answer;
}
