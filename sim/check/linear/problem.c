/* See problem.h. */
#include "check/linear/problem.h"

#include <stdlib.h>

#include "base/random.h"

#define FOR_EVER UINT32_MAX

/* ---- a small map from three numbers to one; for effects, and for the last observer of a state
 * ---- */

struct place {
    uint32_t kind, a, b, number;
    bool used;
};
struct map {
    struct place *places;
    size_t count; /* a power of two, at least twice what will be in it */
};

static bool map_begin(struct map *m, struct limits *l, size_t entries) {
    for (m->count = 16; m->count < entries * 2;) m->count *= 2;
    m->places = limits_take(l, m->count, sizeof *m->places);
    return m->places != NULL;
}

/* The place of these three; a new one is not `used` yet. */
static struct place *map_place(struct map *m, uint32_t kind, uint32_t a, uint32_t b) {
    size_t at = (size_t)random_at((uint64_t)a << 32 | b, kind) & (m->count - 1);
    for (; m->places[at].used; at = (at + 1) & (m->count - 1)) {
        const struct place *p = &m->places[at];
        if (p->kind == kind && p->a == a && p->b == b) break;
    }
    return &m->places[at];
}

/* ---- entries ---- */

static bool take_arrays(struct problem *p, size_t count) {
    struct limits *l = p->states->limits;
    p->capacity = count + 2;
    p->entries = limits_take(l, p->capacity, sizeof *p->entries);
    p->ends = limits_take(l, p->capacity, sizeof *p->ends);
    p->deaths = limits_take(l, p->capacity, sizeof *p->deaths);
    p->next_observer = limits_take(l, p->capacity, sizeof *p->next_observer);
    return p->entries && p->ends && p->deaths && p->next_observer;
}

static enum linear_take add_entry(struct problem *p, uint32_t number, struct text *wrong) {
    const struct operation *o = &p->states->history->operations[number];
    const bool known = o->ended_line <= p->part->line_max;
    const enum operation_end end = known ? (enum operation_end)o->end : OPERATION_OPEN;
    struct entry e = {.call = o->invoked_line, .operation = number, .effect = LINEAR_NONE};
    const enum linear_take taken = p->spec->take(p->states, o, end, &e.op, wrong);
    p->passed_over += taken == LINEAR_PASSED_OVER;
    if (taken != LINEAR_TAKEN) return taken;
    e.optional = end == OPERATION_OPEN || end == OPERATION_INFO;
    if (!e.optional) e.end = o->ended_line; /* else found out below */
    if (e.optional && e.op.pure) return LINEAR_SAYS_NOTHING;
    p->entries[p->count++] = e;
    return LINEAR_TAKEN;
}

/* Entries stand in the order of their operations. */
static uint32_t entry_of(const struct problem *p, uint32_t operation) {
    uint32_t low = 0, high = p->count;
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        if (p->entries[middle].operation < operation)
            low = middle + 1;
        else
            high = middle;
    }
    return low < p->count && p->entries[low].operation == operation ? low : LINEAR_NONE;
}

static enum linear_take add_entries(struct problem *p, struct text *wrong) {
    const struct problem_part *part = p->part;
    for (size_t i = 0; i < part->invoked_count; i++) {
        if (p->states->history->operations[part->invoked[i]].invoked_line > part->line_max) break;
        const enum linear_take taken = add_entry(p, part->invoked[i], wrong);
        if (taken == LINEAR_WRONG || taken == LINEAR_LIMIT) return taken;
        if (!limits_tick(p->states->limits)) return LINEAR_LIMIT;
    }
    if (p->spec->find_needs && !p->spec->find_needs(p->states, p->entries, p->count))
        return LINEAR_LIMIT;
    const uint32_t peek = entry_of(p, part->peek);
    if (peek != LINEAR_NONE) { /* it may see anything, and changes it if it makes something */
        p->entries[peek].op.needs = LINEAR_NONE;
        p->entries[peek].op.pure = p->entries[peek].op.makes == LINEAR_NONE;
    }
    return LINEAR_TAKEN;
}

/* ---- how long what is optional lives ---- */

static uint32_t last_that_sees(struct problem *p, const struct entry *e) {
    for (size_t i = p->certain; i > 0; i--) {
        const struct entry *observer = &p->entries[p->ends[i - 1]];
        if (observer->end < e->call || !limits_tick(p->states->limits)) break;
        if (!observer->op.observes || observer == e) continue;
        if (observer->operation == p->part->peek || p->spec->sees(p->states, &observer->op, &e->op))
            return observer->end;
    }
    return 0;
}

static bool find_lives_by_sight(struct problem *p) {
    for (uint32_t i = 0; i < p->count; i++)
        if (p->entries[i].optional) p->entries[i].end = last_that_sees(p, &p->entries[i]);
    return !p->states->limits->passed;
}

static void note_need(struct map *last, uint32_t state, uint32_t end) {
    struct place *place = map_place(last, 0, state, 0);
    if (!place->used || place->number < end)
        *place = (struct place){.a = state, .number = end, .used = true};
}

/* When the last that needs each state has ended. Returned: the last that observes and needs no
 * certain one. */
static uint32_t note_needs(struct problem *p, struct map *last) {
    uint32_t any = 0;
    for (uint32_t i = 0; i < p->count && limits_tick(p->states->limits); i++) {
        const struct entry *e = &p->entries[i];
        if (e->optional || !e->op.observes) continue;
        if (e->op.needs != LINEAR_NONE)
            note_need(last, e->op.needs, e->end);
        else if (e->end > any)
            any = e->end;
    }
    return any;
}

/* An optional cas sees too, for as long as it lives itself: until no life grows any more. */
static bool find_lives_by_needs(struct problem *p) {
    struct map last;
    if (!map_begin(&last, p->states->limits, p->count)) return false;
    const uint32_t any = note_needs(p, &last);
    for (bool grows = true; grows && !p->states->limits->passed;) {
        grows = false;
        for (uint32_t i = 0; i < p->count && limits_tick(p->states->limits); i++) {
            struct entry *e = &p->entries[i];
            if (!e->optional) continue;
            const struct place *seen = map_place(&last, 0, e->op.makes, 0);
            const uint32_t end = seen->used && seen->number > any ? seen->number : any;
            if (end <= e->end) continue;
            e->end = end;
            if (e->op.needs == LINEAR_NONE) continue;
            note_need(&last, e->op.needs, end);
            grows = true;
        }
    }
    limits_give(p->states->limits, last.places, last.count, sizeof *last.places);
    return !p->states->limits->passed;
}

static bool leave_out_the_unseen(struct problem *p) {
    if (!(p->spec->sees ? find_lives_by_sight(p) : find_lives_by_needs(p))) return false;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < p->count; i++)
        if (!p->entries[i].optional || p->entries[i].end > p->entries[i].call)
            p->entries[kept++] = p->entries[i];
    for (uint32_t i = kept; i < p->count; i++) p->entries[i] = (struct entry){.call = 0};
    p->count = kept;
    return true;
}

/* ---- orders ---- */

static bool order_ends(struct problem *p) {
    p->certain = 0;
    for (size_t i = 0; i < p->part->completed_count && limits_tick(p->states->limits); i++) {
        const uint32_t e = entry_of(p, p->part->completed[i]);
        if (e != LINEAR_NONE && !p->entries[e].optional) p->ends[p->certain++] = e;
    }
    uint32_t next = p->certain;
    for (uint32_t i = p->certain; i > 0; i--) {
        const struct entry *e = &p->entries[p->ends[i - 1]];
        if (e->op.observes && e->operation != p->part->peek) next = i - 1;
        p->next_observer[i - 1] = next;
    }
    p->next_observer[p->certain] = p->certain;
    return !p->states->limits->passed;
}

struct death {
    uint32_t end, entry;
};

static int by_end(const void *left, const void *right) {
    const struct death *a = left, *b = right;
    if (a->end != b->end) return a->end < b->end ? -1 : 1;
    return a->entry < b->entry ? -1 : a->entry > b->entry;
}

static bool order_deaths(struct problem *p) {
    struct death *deaths = limits_take(p->states->limits, p->count, sizeof *deaths);
    if (!deaths) return false;
    p->optional = 0;
    for (uint32_t i = 0; i < p->count; i++)
        if (p->entries[i].optional) deaths[p->optional++] = (struct death){p->entries[i].end, i};
    qsort(deaths, p->optional, sizeof *deaths, by_end);
    for (uint32_t i = 0; i < p->optional; i++) p->deaths[i] = deaths[i].entry;
    limits_give(p->states->limits, deaths, p->count, sizeof *deaths);
    return true;
}

/* ---- slots: what is open at once has different ones ---- */

static bool give_slots(struct problem *p, bool optional, const uint32_t *ends, uint32_t end_count,
                       uint32_t *words) {
    struct limits *l = p->states->limits;
    uint32_t *free_slots = NULL, slots = 0, ended = 0;
    size_t free_count = 0, capacity = 0;
    bool good = true;
    for (uint32_t i = 0; i < p->count && good; i++) {
        struct entry *e = &p->entries[i];
        if (e->optional != optional) continue;
        for (; good && ended < end_count && p->entries[ends[ended]].end < e->call; ended++) {
            good = limits_grow(l, &free_slots, &capacity, free_count + 1, sizeof *free_slots);
            if (good) free_slots[free_count++] = p->entries[ends[ended]].slot;
        }
        e->slot = free_count ? free_slots[--free_count] : slots++;
    }
    *words = (slots + 63) / 64;
    limits_give(l, free_slots, capacity, sizeof *free_slots);
    return good;
}

/* ---- effects, and the states that are made and needed ---- */

static uint32_t number_of(struct problem *p, struct map *states, uint32_t state) {
    if (state == LINEAR_NONE) return LINEAR_NONE;
    struct place *place = map_place(states, 0, state, 0);
    if (!place->used) *place = (struct place){.a = state, .number = p->made_count++, .used = true};
    return place->number;
}

static bool number_states(struct problem *p) {
    struct map states;
    if (!map_begin(&states, p->states->limits, 2 * (size_t)p->count + 1)) return false;
    number_of(p, &states, p->initial);
    for (uint32_t i = 0; i < p->count && limits_tick(p->states->limits); i++) {
        struct entry *e = &p->entries[i];
        e->needed = number_of(p, &states, e->op.needs);
        e->made = number_of(p, &states, e->op.makes);
    }
    limits_give(p->states->limits, states.places, states.count, sizeof *states.places);
    return !p->states->limits->passed;
}

static bool find_effects(struct problem *p) {
    struct map effects;
    if (!map_begin(&effects, p->states->limits, p->count)) return false;
    for (uint32_t i = 0; i < p->count && limits_tick(p->states->limits); i++) {
        struct entry *e = &p->entries[i];
        if (e->op.pure || e->operation == p->part->peek) continue;
        struct place *place = map_place(&effects, e->op.kind, e->op.a, e->op.b);
        if (!place->used)
            *place = (struct place){e->op.kind, e->op.a, e->op.b, i, true};
        else
            e->effect = p->entries[place->number].effect = place->number;
    }
    limits_give(p->states->limits, effects.places, effects.count, sizeof *effects.places);
    return !p->states->limits->passed;
}

static void link_lists(struct problem *p) {
    for (int optional = 0; optional < 2; optional++) {
        const uint32_t head = problem_head(p, optional);
        uint32_t last = head;
        p->entries[head] = (struct entry){.call = FOR_EVER};
        for (uint32_t i = 0; i < p->count; i++) {
            if (p->entries[i].optional != (bool)optional) continue;
            p->entries[i].previous = last;
            p->entries[last].next = i;
            last = i;
        }
        p->entries[last].next = head;
        p->entries[head].previous = last;
    }
}

enum linear_take problem_make(struct problem *p, const struct linear_spec *spec,
                              struct linear_states *states, const struct problem_part *part,
                              struct text *wrong) {
    *p = (struct problem){.spec = spec, .states = states, .part = part};
    p->initial = spec->initial(states);
    if (p->initial == LINEAR_NONE || !take_arrays(p, part->invoked_count)) return LINEAR_LIMIT;
    const enum linear_take taken = add_entries(p, wrong);
    if (taken != LINEAR_TAKEN) return taken;
    if (!order_ends(p) || !leave_out_the_unseen(p) || !order_ends(p) || !order_deaths(p) ||
        !give_slots(p, false, p->ends, p->certain, &p->certain_words) ||
        !give_slots(p, true, p->deaths, p->optional, &p->optional_words) || !find_effects(p) ||
        !number_states(p))
        return LINEAR_LIMIT;
    link_lists(p);
    return LINEAR_TAKEN;
}

void problem_free(struct problem *p) {
    struct limits *l = p->states->limits;
    limits_give(l, p->entries, p->capacity, sizeof *p->entries);
    limits_give(l, p->ends, p->capacity, sizeof *p->ends);
    limits_give(l, p->deaths, p->capacity, sizeof *p->deaths);
    limits_give(l, p->next_observer, p->capacity, sizeof *p->next_observer);
    p->entries = NULL;
    p->ends = p->deaths = p->next_observer = NULL;
}
