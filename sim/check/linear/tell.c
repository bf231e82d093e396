/* What explain.c found, as one sentence for someone who looks at a history for the first time. */
#include <string.h>

#include "check/brief.h"
#include "check/linear/judge.h"

void tell_who(const struct linear_judge *j, struct story *s, uint32_t number, struct text *t) {
    const struct operation *o = story_operation(j, number);
    if (number != s->explanation->stuck && s->named_count < NAMED_MAX)
        s->named[s->named_count++] = number;
    text_add(t, "process %s ", names_string(&j->history->processes, o->process));
    if (o->end == OPERATION_OPEN)
        text_add(t, "(from line %u on)", o->invoked_line);
    else
        text_add(t, "(lines %u to %u)", o->invoked_line, o->ended_line);
}

/* Of the history; a long one says no more than its beginning and its end. */
static void add_value(const struct linear_judge *j, uint32_t value, struct text *t) {
    const struct names *values = &j->history->values;
    brief_add(t, names_string(values, value), names_size(values, value), BRIEF_WORDS);
}

static bool is_f(const struct linear_judge *j, const struct operation *o, const char *f) {
    return strcmp(names_string(&j->history->functions, o->f), f) == 0;
}

/* "read of 1", "cas of [1,2]", "rmw of 2": of what it saw, or was to do. */
static void add_what(const struct linear_judge *j, const struct operation *o, struct text *t) {
    const bool reads = is_f(j, o, "read") || is_f(j, o, "get");
    text_add(t, "the %s of ", names_string(&j->history->functions, o->f));
    add_value(j, reads ? o->told : o->asked, t);
    text_add(t, " by ");
}

static void add_possible(struct linear_judge *j, const struct story *s, uint32_t key,
                         struct text *t) {
    const bool more = s->explanation->possible_more;
    const char *can = more ? "can" : "can only";
    if (key == VALUE_NULL) {
        text_add(t, "there %s have been ", can);
    } else {
        text_add(t, "key ");
        brief_add(t, names_string(&j->history->keys, key), names_size(&j->history->keys, key),
                  BRIEF_WORDS);
        text_add(t, " %s have held ", can);
    }
    for (size_t i = 0; i < s->possible_count; i++) {
        const bool last = i + 1 == s->possible_count && !more;
        text_add(t, "%s", i == 0 ? "" : last ? " or " : ", ");
        j->spec->describe_state(&j->states, s->possible[i], BRIEF_WORDS, t);
    }
    if (more) text_add(t, " or others (not all were looked for)");
    text_add(t, " at any moment while it ran");
}

/* ---- where what it saw came from ---- */

/* The last operation by then that makes the state which was needed; failed ones too, when asked
 * for. */
static uint32_t last_maker(struct linear_judge *j, const struct story *s, bool failed) {
    uint32_t found = LINEAR_NONE;
    struct text none = {0};
    for (size_t i = 0; i < s->part->invoked_count; i++) {
        const uint32_t number = s->part->invoked[i];
        const struct operation *o = story_operation(j, number);
        struct linear_op op;
        if (o->invoked_line > s->explanation->line) break;
        if ((o->end == OPERATION_FAIL) != failed || number == s->explanation->stuck) continue;
        const enum operation_end end = failed ? OPERATION_OPEN : (enum operation_end)o->end;
        if (j->spec->take(&j->states, o, end, &op, &none) == LINEAR_TAKEN &&
            op.makes == s->op.needs)
            found = number;
    }
    text_free(&none);
    return found;
}

static uint32_t operation_at(const struct story *s, uint32_t place) {
    return s->order->problem.entries[s->order->search.order[place].entry].operation;
}

/* Where in the order that was found something came over the needed state, the last time that it was
 * there. */
static uint32_t place_of_overwriter(const struct story *s) {
    const struct search *search = &s->order->search;
    uint32_t found = LINEAR_NONE;
    for (uint32_t i = 0; i < search->length; i++) {
        const uint32_t after = i + 1 < search->length ? search->order[i + 1].state : search->state;
        if (search->order[i].state == s->op.needs && after != s->op.needs) found = i;
    }
    return found;
}

/* Who made the needed state in that order, before that place. NONE: it was there at the beginning.
 */
static uint32_t maker_before(const struct story *s, uint32_t place) {
    while (place-- > 0)
        if (s->order->problem.entries[s->order->search.order[place].entry].op.makes == s->op.needs)
            return operation_at(s, place);
    return LINEAR_NONE;
}

static void add_origin(struct linear_judge *j, struct story *s, struct text *t) {
    const bool is_initial = s->op.needs == s->order->problem.initial;
    if (!is_initial && last_maker(j, s, false) == LINEAR_NONE) {
        const uint32_t failed = last_maker(j, s, true);
        text_add(t, failed == LINEAR_NONE ? "; nobody had asked to write "
                                          : "; what would have written ");
        j->spec->describe_state(&j->states, s->op.needs, BRIEF_WORDS, t);
        text_add(t, failed == LINEAR_NONE ? " by then" : " failed, of ");
        if (failed != LINEAR_NONE) tell_who(j, s, failed, t);
        return;
    }
    const uint32_t over = place_of_overwriter(s);
    if (over == LINEAR_NONE) return;
    const uint32_t maker = maker_before(s, over);
    text_add(t, "; ");
    j->spec->describe_state(&j->states, s->op.needs, BRIEF_WORDS, t);
    if (maker == LINEAR_NONE) {
        text_add(t, ", which was there at the beginning,");
    } else {
        text_add(t, ", of ");
        tell_who(j, s, maker, t);
        text_add(t, ",");
    }
    text_add(t, " had been overwritten by ");
    tell_who(j, s, operation_at(s, over), t);
}

/* ---- the sentence ---- */

/* It says that it did not happen, and yet there is no order without it. */
static bool must_have_happened(const struct story *s) {
    return !s->has_op || (s->possible_count == 0 && !s->explanation->possible_more);
}

/* Who saw in the order that was found what is stuck did: the first to see anything after it. NONE:
 * it was overwritten before. */
static uint32_t witness(const struct story *s) {
    const struct attempt *a = s->order;
    uint32_t place = 0;
    while (place < a->search.length && operation_at(s, place) != s->explanation->stuck) place++;
    for (place++; place < a->search.length; place++) {
        const struct entry *e = &a->problem.entries[a->search.order[place].entry];
        if (linear_op_is_blind(&e->op)) break;
        if (e->op.observes && !e->optional) return e->operation;
    }
    return LINEAR_NONE;
}

static void tell_of_failed(struct linear_judge *j, struct story *s, struct text *t) {
    const struct operation *o = story_operation(j, s->explanation->stuck);
    add_what(j, o, t);
    tell_who(j, s, s->explanation->stuck, t);
    text_add(t,
             " failed, so it did not happen; but what was seen until line %u can only be explained "
             "if it did",
             s->explanation->line);
    const uint32_t seen_by = witness(s);
    if (seen_by == LINEAR_NONE) return;
    text_add(t, ", as for instance by ");
    tell_who(j, s, seen_by, t);
}

void tell_why(struct linear_judge *j, uint32_t key, struct story *s, struct text *t) {
    const struct operation *o = story_operation(j, s->explanation->stuck);
    if (must_have_happened(s)) {
        tell_of_failed(j, s, t);
        return;
    }
    add_what(j, o, t);
    tell_who(j, s, s->explanation->stuck, t);
    if (o->end == OPERATION_FAIL) text_add(t, ", which found another value,");
    if (is_f(j, o, "rmw")) {
        text_add(t, ", which read ");
        add_value(j, o->told, t);
        text_add(t, ",");
    }
    text_add(t, " fits nowhere");
    if (s->possible_count) {
        text_add(t, ": ");
        add_possible(j, s, key, t);
    }
    if (j->limits->passed) return; /* what is not known then could be told wrongly */
    if (j->spec->tell_origin)
        j->spec->tell_origin(j, s, t);
    else if (s->op.needs != LINEAR_NONE)
        add_origin(j, s, t);
}
