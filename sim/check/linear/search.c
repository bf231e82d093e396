/* See search.h. */
#include "check/linear/search.h"

#include <assert.h>

#include "check/linear/zones.h"

/* ---- lists and bits ---- */

static void lift(struct problem *p, const struct entry *e) {
    p->entries[e->previous].next = e->next;
    p->entries[e->next].previous = e->previous;
}
static void put_back(struct problem *p, const struct entry *e) {
    const uint32_t number = (uint32_t)(e - p->entries);
    p->entries[e->previous].next = p->entries[e->next].previous = number;
}

/* Sets the bit of its slot, or clears it; two operations never share one. */
static void mark(struct search *s, const struct entry *e, bool taken) {
    const uint32_t word = e->slot / 64 + (e->optional ? s->problem->certain_words : 0);
    const uint64_t bit = UINT64_C(1) << e->slot % 64;
    assert(!(s->bits[word] & bit) == taken);
    s->bits[word] ^= bit;
}

/* Nothing invoked after this line may be taken yet: the first end of what is certain and not taken.
 */
static uint32_t bound(const struct search *s) {
    const struct problem *p = s->problem;
    return s->passed < p->certain ? p->entries[p->ends[s->passed]].end : UINT32_MAX;
}

/* ---- who needs what, of those that are not taken ---- */

static void want_no_more(struct search *s, const struct entry *e) {
    struct problem *p = s->problem;
    struct demand *d = &s->demands[e->needed];
    d->wanted--;
    if (e->previous_wanted == LINEAR_NONE)
        d->first = e->next_wanted;
    else
        p->entries[e->previous_wanted].next_wanted = e->next_wanted;
    if (e->next_wanted != LINEAR_NONE)
        p->entries[e->next_wanted].previous_wanted = e->previous_wanted;
}
static void want_again(struct search *s, const struct entry *e) {
    struct problem *p = s->problem;
    struct demand *d = &s->demands[e->needed];
    const uint32_t number = (uint32_t)(e - p->entries);
    d->wanted++;
    if (e->previous_wanted == LINEAR_NONE)
        d->first = number;
    else
        p->entries[e->previous_wanted].next_wanted = number;
    if (e->next_wanted != LINEAR_NONE) p->entries[e->next_wanted].previous_wanted = number;
}

/* It is there no more, or again: in the order of a stack. */
static void demand_less(struct search *s, const struct entry *e) {
    assert(e->made == LINEAR_NONE || s->demands[e->made].makers > 0);
    if (e->made != LINEAR_NONE) s->demands[e->made].makers--;
    if (e->optional || !e->op.observes) return;
    if (e->needed == LINEAR_NONE)
        s->vague--;
    else
        want_no_more(s, e);
}
static void demand_more(struct search *s, const struct entry *e) {
    if (e->made != LINEAR_NONE) s->demands[e->made].makers++;
    if (e->optional || !e->op.observes) return;
    if (e->needed == LINEAR_NONE)
        s->vague++;
    else
        want_again(s, e);
}

static void count_demands(struct search *s) {
    struct problem *p = s->problem;
    for (uint32_t i = 0; i < p->made_count; i++) s->demands[i].first = LINEAR_NONE;
    for (uint32_t i = 0; i < p->count; i++)
        if (p->entries[i].optional) demand_more(s, &p->entries[i]);
    for (uint32_t i = p->certain; i > 0; i--) { /* from the last that ends on */
        struct entry *e = &p->entries[p->ends[i - 1]];
        e->previous_wanted = LINEAR_NONE;
        e->next_wanted = e->needed == LINEAR_NONE ? LINEAR_NONE : s->demands[e->needed].first;
        demand_more(s, e);
    }
}

/* ---- taking an operation, and giving it back ---- */

/* What has ended and was taken needs no bit any more; what is optional and sees its last observer
 * end goes. */
static void pass(struct search *s) {
    struct problem *p = s->problem;
    for (; s->passed < p->certain && p->entries[p->ends[s->passed]].taken; s->passed++)
        mark(s, &p->entries[p->ends[s->passed]], false);
    const uint32_t now = bound(s);
    if (now > s->stuck_line) s->stuck_line = now;
    for (; s->died < p->optional; s->died++) {
        struct entry *e = &p->entries[p->deaths[s->died]];
        if (e->end >= now) break;
        e->dead = true;
        if (e->taken) {
            mark(s, e, false);
        } else {
            lift(p, e);
            demand_less(s, e);
        }
    }
}

static void take(struct search *s, uint32_t number, uint32_t next_state, uint8_t phase,
                 bool at_once) {
    struct entry *e = &s->problem->entries[number];
    s->order[s->length++] =
        (struct taken){number, s->state, s->origin, s->passed, s->died, phase, at_once, s->unused};
    demand_less(s, e);
    if (e->made != LINEAR_NONE) s->origin = e->made;
    s->unused = e->optional;
    s->state = next_state;
    e->taken = true;
    lift(s->problem, e);
    mark(s, e, true);
    pass(s);
}

static struct taken give_back(struct search *s) {
    struct problem *p = s->problem;
    const struct taken t = s->order[--s->length];
    while (s->died > t.died) {
        struct entry *e = &p->entries[p->deaths[--s->died]];
        e->dead = false;
        if (e->taken) {
            mark(s, e, true);
        } else {
            put_back(p, e);
            demand_more(s, e);
        }
    }
    while (s->passed > t.passed) mark(s, &p->entries[p->ends[--s->passed]], true);
    struct entry *e = &p->entries[t.entry];
    mark(s, e, false);
    put_back(p, e);
    demand_more(s, e);
    e->taken = false;
    s->state = t.state;
    s->origin = t.origin;
    s->unused = t.unused;
    return t;
}

/* ---- the rules ---- */

static void take_what_is_pure(struct search *s) {
    struct problem *p = s->problem;
    const uint32_t head = problem_head(p, false);
    for (uint32_t i = p->entries[head].next; p->entries[i].call < bound(s);) {
        const struct entry *e = &p->entries[i];
        const uint32_t next = e->next;
        if (!limits_tick(p->states->limits)) return;
        if (e->op.pure && problem_step(p, s->state, e) == s->state) take(s, i, s->state, 0, true);
        i = next; /* what is now behind the bound comes later in the list */
    }
}

/* The observer that ends next, of those that are not taken; NULL: none is left. */
static const struct entry *next_observer(const struct search *s) {
    const struct problem *p = s->problem;
    uint32_t at = p->next_observer[s->passed];
    while (at < p->certain && p->entries[p->ends[at]].taken) at = p->next_observer[at + 1];
    return at < p->certain ? &p->entries[p->ends[at]] : NULL;
}

static bool leads(struct search *s, uint32_t state, const struct entry *observer) {
    const struct linear_spec *spec = s->problem->spec;
    struct linear_states *states = s->problem->states;
    if (spec->leads) return spec->leads(states, state, &observer->op);
    return spec->step(states, state, &observer->op) != LINEAR_NONE;
}

static bool is_hopeless(struct search *s, const struct entry *observer) {
    struct problem *p = s->problem;
    if (leads(s, s->state, observer)) return false;
    for (int optional = 0; optional < 2; optional++) {
        const uint32_t head = problem_head(p, optional);
        for (uint32_t i = p->entries[head].next; p->entries[i].call < observer->end;
             i = p->entries[i].next) {
            const uint32_t makes = p->entries[i].op.makes;
            if (!limits_tick(p->states->limits)) return false;
            if (makes != LINEAR_NONE && leads(s, makes, observer)) return false;
        }
    }
    return true;
}

/* Does it leave what is still needed, and will not be there again? */
static bool loses(struct search *s, const struct entry *e, uint32_t next) {
    const uint32_t origin = e->made == LINEAR_NONE ? s->origin : e->made;
    const struct demand *old = &s->demands[s->origin], *now = &s->demands[origin];
    if (origin != s->origin)
        return old->makers == 0 &&
               old->wanted > (e->needed == s->origin && !e->optional && e->op.observes);
    return now->makers == 0 && now->first != LINEAR_NONE && e->op.makes == LINEAR_NONE &&
           !leads(s, next, &s->problem->entries[now->first]);
}

/* The state after it, as far as it makes a difference to anyone. */
static uint32_t successor(struct search *s, const struct entry *e) {
    const bool adds = !e->op.pure && !e->op.observes && e->op.makes == LINEAR_NONE;
    if (adds && s->vague == 0 && s->demands[s->origin].wanted == 0) return s->state;
    return problem_step(s->problem, s->state, e);
}

/* Is there another with the same effect, to be taken before this one? */
static bool has_twin_before(const struct search *s, const struct entry *e) {
    const struct problem *p = s->problem;
    if (e->effect == LINEAR_NONE) return false;
    const uint32_t now = bound(s);
    for (uint32_t i = p->entries[problem_head(p, false)].next; p->entries[i].call < now;
         i = p->entries[i].next)
        if (!limits_tick(p->states->limits) ||
            (p->entries[i].effect == e->effect && (e->optional || p->entries[i].end < e->end)))
            return true;
    if (!e->optional) return false;
    for (uint32_t i = e->previous; i != problem_head(p, true); i = p->entries[i].previous)
        if (!limits_tick(p->states->limits) || p->entries[i].effect == e->effect) return true;
    return false;
}

/* ---- the search ---- */

enum phase { LEADING, OTHERS, OPTIONAL_LEADING, OPTIONAL_OTHERS, PHASES };

/* The state after it, if it is to be tried in this phase. */
static uint32_t try_it(struct search *s, const struct entry *e, enum phase phase,
                       const struct entry *observer) {
    if (!limits_tick(s->problem->states->limits)) return LINEAR_NONE; /* lists may be long */
    if (s->unused && linear_op_is_blind(&e->op)) return LINEAR_NONE;
    const uint32_t next = successor(s, e);
    if (next == LINEAR_NONE || (e->optional && next == s->state) || loses(s, e, next))
        return LINEAR_NONE;
    const bool leading = !observer || leads(s, next, observer);
    if (leading != (phase == LEADING || phase == OPTIONAL_LEADING)) return LINEAR_NONE;
    return has_twin_before(s, e) ? LINEAR_NONE : next;
}

/* Takes the next operation to be tried here, after that one in that phase. False: all have been. */
static bool take_next(struct search *s, uint32_t after, uint8_t phase) {
    struct problem *p = s->problem;
    const struct entry *observer = next_observer(s);
    const uint32_t now = bound(s);
    for (; phase < PHASES; phase++) {
        const uint32_t head = problem_head(p, phase >= OPTIONAL_LEADING);
        if (after == LINEAR_NONE) after = head;
        for (uint32_t i = p->entries[after].next; p->entries[i].call < now;
             i = p->entries[i].next) {
            const uint32_t next = try_it(s, &p->entries[i], (enum phase)phase, observer);
            if (next == LINEAR_NONE) continue;
            take(s, i, next, phase, false);
            return true;
        }
        after = LINEAR_NONE;
    }
    return false;
}

/* Back to the last choice, and the next one there. False: there is none, or a limit was passed,
 * after which the choices that are left are no longer looked at. */
static bool turn_back(struct search *s) {
    while (s->length > 0 && !s->problem->states->limits->passed) {
        const struct taken t = give_back(s);
        if (!t.at_once && take_next(s, t.entry, t.phase)) return true;
    }
    return false;
}

static bool is_new(struct search *s, enum memo_answer *answer) {
    *answer = memo_add(&s->memo, s->passed << 1 | s->unused, s->state, s->bits);
    if (*answer != MEMO_NEW) return false;
    const struct entry *observer = next_observer(s);
    return !observer || !is_hopeless(s, observer);
}

static bool may_go_on(struct search *s) {
    s->steps++;
    return limits_tick(s->problem->states->limits) && (!s->steps_max || s->steps <= s->steps_max);
}

static enum search_answer search(struct search *s) {
    for (;;) {
        take_what_is_pure(s);
        if (s->passed == s->problem->certain) return SEARCH_FOUND;
        enum memo_answer answer;
        const bool goes_on = is_new(s, &answer);
        if (answer == MEMO_LIMIT || !may_go_on(s)) return SEARCH_GAVE_UP;
        if (goes_on && take_next(s, LINEAR_NONE, 0)) continue;
        if (!turn_back(s))
            return s->problem->states->limits->passed ? SEARCH_GAVE_UP : SEARCH_NO_ORDER;
    }
}

enum search_answer search_run(struct search *s, struct problem *p, uint64_t steps_max) {
    struct limits *l = p->states->limits;
    const uint32_t words = p->certain_words + p->optional_words;
    *s = (struct search){.problem = p, .state = p->initial, .steps_max = steps_max};
    memo_begin(&s->memo, l, p->certain_words, p->optional_words);
    const enum zones_answer zones = zones_judge(p, &s->stuck_line);
    if (zones != ZONES_UNDECIDED) return zones == ZONES_NO_ORDER ? SEARCH_NO_ORDER : SEARCH_GAVE_UP;
    s->stuck_line = 0;
    s->order = limits_take(l, p->count, sizeof *s->order);
    s->bits = limits_take(l, words, sizeof *s->bits);
    s->demands = limits_take(l, p->made_count, sizeof *s->demands);
    if (!s->order || !s->bits || !s->demands) return SEARCH_GAVE_UP;
    count_demands(s);
    pass(s);
    return search(s);
}

void search_free(struct search *s) {
    struct limits *l = s->problem->states->limits;
    memo_free(&s->memo);
    limits_give(l, s->order, s->problem->count, sizeof *s->order);
    limits_give(l, s->bits, s->problem->certain_words + s->problem->optional_words,
                sizeof *s->bits);
    limits_give(l, s->demands, s->problem->made_count, sizeof *s->demands);
    s->order = NULL;
    s->demands = NULL;
    s->bits = NULL;
}
