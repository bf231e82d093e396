/* What explain.c found, as one sentence for someone who looks at a history for the first time. */
#include <string.h>

#include "check/linear/judge.h"

static const struct operation *operation(const struct linear_judge *j, uint32_t number) {
    return &j->history->operations[number];
}

/* "process 3 (lines 7 to 9)" */
static void add_who(const struct linear_judge *j, uint32_t number, struct text *t) {
    const struct operation *o = operation(j, number);
    text_add(t, "process %s ", names_string(&j->history->processes, o->process));
    if (o->end == OPERATION_OPEN)
        text_add(t, "(from line %u on)", o->invoked_line);
    else
        text_add(t, "(lines %u to %u)", o->invoked_line, o->ended_line);
}

/* Up to `head` and from `tail` on, but no part of a character. */
static void add_ends(struct text *t, const char *value, size_t head, size_t tail, size_t size) {
    while (head > 0 && ((unsigned char)value[head] & 0xc0) == 0x80) head--;
    while (tail < size && ((unsigned char)value[tail] & 0xc0) == 0x80) tail++;
    text_add_bytes(t, value, head);
    text_add(t, "...%s", value + tail);
}

/* A long value says no more than its beginning and its end. */
static void add_value(struct text *t, const char *value) {
    enum { SHOWN = 60, HEAD = 24, TAIL = 30 };
    const size_t size = strlen(value);
    if (size <= SHOWN)
        text_add(t, "%s", value);
    else
        add_ends(t, value, HEAD, size - TAIL, size);
}

static const char *what_it_saw(const struct linear_judge *j, const struct story *s) {
    const struct operation *o = operation(j, s->explanation->stuck);
    const char *f = names_string(&j->history->functions, o->f);
    return strcmp(f, "cas") == 0 ? names_string(&j->history->values, o->asked)
                                 : names_string(&j->history->values, o->told);
}

static void add_possible(const struct story *s, struct text *t) {
    const struct check_explanation *e = s->explanation;
    for (size_t i = 0; i < e->possible_count; i++) {
        text_add(t, "%s",
                 i == 0                                            ? ""
                 : i + 1 == e->possible_count && !e->possible_more ? " or "
                                                                   : ", ");
        add_value(t, e->possible[i]);
    }
    if (e->possible_more) text_add(t, " or others");
}

/* ---- where what it saw came from ---- */

/* The last operation by then that makes the state which was needed; failed ones too, when asked
 * for. */
static uint32_t last_maker(struct linear_judge *j, const struct story *s, bool failed) {
    uint32_t found = LINEAR_NONE;
    struct text none = {0};
    for (size_t i = 0; i < s->part->invoked_count; i++) {
        const uint32_t number = s->part->invoked[i];
        const struct operation *o = operation(j, number);
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

/* In the order that was found: what came over the needed state after it was there last. */
static uint32_t overwriter(const struct story *s) {
    const struct search *search = &s->order->search;
    uint32_t found = LINEAR_NONE;
    for (uint32_t i = 0; i < search->length; i++) {
        const uint32_t after = i + 1 < search->length ? search->order[i + 1].state : search->state;
        if (search->order[i].state == s->op.needs && after != s->op.needs)
            found = s->order->problem.entries[search->order[i].entry].operation;
    }
    return found;
}

static void add_origin(struct linear_judge *j, const struct story *s, const char *value,
                       struct text *t) {
    const uint32_t maker = last_maker(j, s, false);
    const bool is_initial = s->op.needs == s->order->problem.initial;
    if (maker == LINEAR_NONE && !is_initial) {
        const uint32_t failed = last_maker(j, s, true);
        text_add(t, failed == LINEAR_NONE ? "; nobody had asked to write "
                                          : "; what would have written ");
        add_value(t, value);
        text_add(t, failed == LINEAR_NONE ? " by then" : " failed, of ");
        if (failed != LINEAR_NONE) add_who(j, failed, t);
        return;
    }
    const uint32_t over = overwriter(s);
    if (over == LINEAR_NONE) return;
    text_add(t, "; ");
    add_value(t, value);
    if (maker == LINEAR_NONE) {
        text_add(t, ", which was there at the beginning,");
    } else {
        text_add(t, ", of ");
        add_who(j, maker, t);
        text_add(t, ",");
    }
    text_add(t, " had been overwritten by ");
    add_who(j, over, t);
}

/* ---- the sentence ---- */

/* It failed, and yet there is no order in which it did not happen. */
static void tell_of_failed(struct linear_judge *j, const struct story *s, struct text *t) {
    const struct operation *o = operation(j, s->explanation->stuck);
    text_add(t, "the %s of %s by ", names_string(&j->history->functions, o->f),
             names_string(&j->history->values, o->asked));
    add_who(j, s->explanation->stuck, t);
    text_add(t,
             " failed, so it did not happen; but what was seen until line %u can only be explained "
             "if it did",
             s->explanation->line);
    const struct search *search = &s->order->search;
    for (uint32_t i = 0; i + 1 < search->length; i++) {
        if (s->order->problem.entries[search->order[i].entry].operation != s->explanation->stuck)
            continue;
        text_add(t, ", as for instance by ");
        add_who(j, s->order->problem.entries[search->order[i + 1].entry].operation, t);
        return;
    }
}

void tell_why(struct linear_judge *j, uint32_t key, const struct story *s, struct text *t) {
    const struct check_explanation *e = s->explanation;
    const struct operation *o = operation(j, e->stuck);
    const char *f = names_string(&j->history->functions, o->f), *value = what_it_saw(j, s);
    if (!s->has_op) {
        tell_of_failed(j, s, t);
        return;
    }
    text_add(t, "the %s of ", f);
    add_value(t, value);
    text_add(t, " by ");
    add_who(j, e->stuck, t);
    if (o->end == OPERATION_FAIL) text_add(t, ", which found another value,");
    text_add(t, " fits nowhere");
    if (e->possible_count) {
        text_add(t, ": ");
        if (o->key == VALUE_NULL)
            text_add(t, "there was only ");
        else
            text_add(t, "key %s can only have held ", names_string(&j->history->keys, key));
        add_possible(s, t);
        text_add(t, " at any moment while it ran");
    }
    if (s->op.needs != LINEAR_NONE) {
        struct text needed = {0};
        j->spec->describe_state(&j->states, s->op.needs, &needed);
        add_origin(j, s, text_string(&needed), t);
        text_free(&needed);
    }
}
