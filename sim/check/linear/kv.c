/*
 * Strings with put and append. A state is a string (strings.h), with which what a get saw is
 * compared.
 */
#include <string.h>

#include "check/brief.h"
#include "check/linear/judge.h"
#include "check/linear/strings.h"

enum kind { GET, PUT, APPEND };

static uint32_t initial(struct linear_states *s) {
    return string_first(s) ? STRING_EMPTY : LINEAR_NONE;
}

/* ---- the specification ---- */

static uint32_t step(struct linear_states *s, uint32_t state, const struct linear_op *op) {
    if (op->kind == PUT) return op->makes;
    if (op->kind == APPEND) return string_join(s, state, op->a);
    size_t size;
    string_inside(s, op->a, &size);
    return s->strings[state].size == size && string_begins(s, state, op->a) ? state : LINEAR_NONE;
}

/* Appends only add to the end, so what a get sees begins with the state that it comes from. */
static bool leads(struct linear_states *s, uint32_t state, const struct linear_op *get) {
    return string_begins(s, state, get->a);
}

/* Until the next put, which nothing survives, every string has what was put or appended in it. */
static bool sees(struct linear_states *s, const struct linear_op *get, const struct linear_op *op) {
    size_t size, part_size;
    const char *text = string_inside(s, get->a, &size), *part = string_inside(s, op->a, &part_size);
    if (!limits_charge(s->limits, size / 64)) return true; /* in doubt */
    return memmem(text, size, part, part_size) != NULL;
}

static enum linear_take take(struct linear_states *s, const struct operation *o,
                             enum operation_end end, struct linear_op *op, struct text *wrong) {
    const struct names *values = &s->history->values;
    const char *f = names_string(&s->history->functions, o->f);
    const bool gets = strcmp(f, "get") == 0, puts = strcmp(f, "put") == 0;
    const uint32_t value = gets ? o->told : o->asked;
    if (!gets && !puts && strcmp(f, "append") != 0) {
        s->wrong_line = o->invoked_line;
        text_add(wrong, "found the operation \"%s\"; expected get, put or append", f);
        return LINEAR_WRONG;
    }
    if ((!gets || end == OPERATION_OK) && *names_string(values, value) != '"') {
        s->wrong_line = gets ? o->ended_line : o->invoked_line;
        text_add(wrong, "found a %s of ", f);
        brief_add(wrong, names_string(values, value), names_size(values, value), BRIEF_WORDS);
        text_add(wrong, "; expected a string%s", gets ? ", \"\" where the key is absent" : "");
        return LINEAR_WRONG;
    }
    if (!gets && o->end == OPERATION_OK && o->told != o->asked && o->told != VALUE_NULL) {
        s->wrong_line = o->ended_line;
        text_add(wrong, "found a %s of ", f);
        brief_add(wrong, names_string(values, o->told), names_size(values, o->told), BRIEF_WORDS);
        text_add(wrong, "; expected what it was invoked with, or null");
        return LINEAR_WRONG;
    }
    if (end == OPERATION_FAIL || (gets && end != OPERATION_OK)) return LINEAR_SAYS_NOTHING;
    *op = (struct linear_op){.kind = gets   ? GET
                                     : puts ? PUT
                                            : APPEND,
                             .observes = gets,
                             .pure = gets,
                             .a = value,
                             .needs = LINEAR_NONE,
                             .makes = LINEAR_NONE};
    if (puts) op->makes = string_join(s, STRING_EMPTY, value);
    return puts && op->makes == LINEAR_NONE ? LINEAR_LIMIT : LINEAR_TAKEN;
}

/* ---- what a get must come from ---- */

/*
 * A get that saw "xyz" comes from the last put before it, whose value "xyz" begins with, or from
 * the initial "" by an append that "xyz" begins with. Where that leaves one, the get needs it.
 * Beginnings are found in a table, length by length of what was put or appended; where there are
 * very many lengths, nothing is found.
 */
enum { LENGTHS_MAX = 64, PUT_HERE = 1, APPENDED_HERE = 2 };
struct beginnings {
    size_t lengths[LENGTHS_MAX];
    int length_count;
    uint8_t *roles; /* by value: put, appended, by operations of the key */
};

static bool note_length(struct beginnings *b, size_t size) {
    for (int i = 0; i < b->length_count; i++)
        if (b->lengths[i] == size) return true;
    if (b->length_count == LENGTHS_MAX) return false;
    b->lengths[b->length_count++] = size;
    return true;
}

static bool note_beginnings(struct linear_states *s, struct beginnings *b,
                            const struct entry *entries, uint32_t count) {
    for (uint32_t i = 0; i < count && limits_tick(s->limits); i++) {
        const struct linear_op *op = &entries[i].op;
        size_t size;
        string_inside(s, op->a, &size);
        if (op->kind == GET) continue;
        b->roles[op->a] |= op->kind == PUT ? PUT_HERE : size ? APPENDED_HERE : 0;
        if (!note_length(b, size)) return false;
    }
    return true;
}

/* LINEAR_NONE: several would do, or none. */
static uint32_t origin_of(struct linear_states *s, const struct beginnings *b, uint32_t value,
                          struct text *quoted) {
    size_t size;
    const char *text = string_inside(s, value, &size);
    uint32_t found = size == 0 ? STRING_EMPTY : LINEAR_NONE;
    for (int i = 0; i < b->length_count; i++) {
        if (b->lengths[i] > size) continue;
        text_clear(quoted);
        text_add_char(quoted, '"');
        text_add_bytes(quoted, text, b->lengths[i]);
        text_add_char(quoted, '"');
        const uint32_t beginning = names_find(&s->history->values, quoted->data, quoted->size);
        const uint8_t roles = beginning == NAMES_NONE ? 0 : b->roles[beginning];
        for (int role = PUT_HERE; role <= APPENDED_HERE; role++) {
            if (!(roles & role)) continue;
            const uint32_t origin = role == PUT_HERE ? string_join(s, STRING_EMPTY, beginning)
                                                     : STRING_EMPTY;
            if (found != LINEAR_NONE && found != origin) return LINEAR_NONE;
            found = origin;
        }
    }
    return found;
}

static bool find_needs(struct linear_states *s, struct entry *entries, uint32_t count) {
    struct beginnings b = {.length_count = 0};
    struct text quoted = {0};
    const size_t values = s->history->values.count;
    b.roles = limits_take(s->limits, values, sizeof *b.roles);
    if (!b.roles) return false;
    if (note_beginnings(s, &b, entries, count))
        for (uint32_t i = 0; i < count && limits_tick(s->limits); i++)
            if (entries[i].op.kind == GET)
                entries[i].op.needs = origin_of(s, &b, entries[i].op.a, &quoted);
    text_free(&quoted);
    limits_give(s->limits, b.roles, values, sizeof *b.roles);
    return !s->limits->passed;
}

/* ---- in words ---- */

static void describe(struct linear_states *s, const struct linear_op *op, size_t whole_max,
                     struct text *text) {
    static const char *const words[] = {[GET] = "get", [PUT] = "put", [APPEND] = "append"};
    const struct names *values = &s->history->values;
    text_add(text, "%s ", words[op->kind]);
    brief_add(text, names_string(values, op->a), names_size(values, op->a), whole_max);
}

const struct linear_spec linear_kv = {.name = "kv",
                                      .operations = "get, put or append",
                                      .initial = initial,
                                      .take = take,
                                      .step = step,
                                      .leads = leads,
                                      .find_needs = find_needs,
                                      .sees = sees,
                                      .describe = describe,
                                      .describe_state = string_describe,
                                      .tell_origin = tell_string_origin};
