/*
 * Strings with put and append. A state is a string, kept as what was there before and what was
 * appended: a chain of values that the history has anyway, so a thousand appends cost a thousand
 * small records and no copy of any text.
 *
 * What a get saw is compared from its end backwards. Each string remembers the value that it was
 * compared with last: the search asks about one get many times, each time of a string that is one
 * longer than the one before, so a comparison touches the last link alone. Two chains with one text
 * by different cuts ("ab"; "a" and "b") are two states: the memo knows that less well, and nothing
 * else changes.
 *
 * Texts are the insides of canonical JSON strings, in which each character is written in one way:
 * the canonical form of two strings one after the other is that of the first and that of the
 * second.
 */
#include <string.h>

#include "base/random.h"
#include "check/linear/problem.h"

enum kind { GET, PUT, APPEND };
enum { EMPTY = 0 }; /* the state */

static const char *inside(const struct linear_states *s, uint32_t value, size_t *size) {
    const char *json = names_string(&s->history->values, value);
    *size = names_size(&s->history->values, value) - 2;
    return json + 1;
}

/* ---- states ---- */

static size_t slot_of(const struct linear_states *s, uint32_t before, uint32_t tail) {
    size_t at = (size_t)random_at(before, tail) & (s->slot_count - 1);
    for (; s->slots[at]; at = (at + 1) & (s->slot_count - 1)) {
        const struct linear_string *found = &s->strings[s->slots[at] - 1];
        if (found->before == before && found->tail == tail) break;
    }
    return at;
}

static bool enlarge(struct linear_states *s) {
    const size_t old_count = s->slot_count, count = old_count ? old_count * 2 : 64;
    uint32_t *old = s->slots, *slots = limits_take(s->limits, count, sizeof *slots);
    if (!slots) return false;
    s->slots = slots;
    s->slot_count = count;
    for (uint32_t i = 1; i < s->string_count; i++)
        s->slots[slot_of(s, s->strings[i].before, s->strings[i].tail)] = i + 1;
    limits_give(s->limits, old, old_count, sizeof *old);
    return true;
}

/* The state `before` with that value behind it; LINEAR_NONE: the limit. */
static uint32_t join(struct linear_states *s, uint32_t before, uint32_t tail) {
    size_t size;
    inside(s, tail, &size);
    if (size == 0) return before;
    if (s->string_count * 3 >= s->slot_count * 2 && !enlarge(s)) return LINEAR_NONE;
    const size_t at = slot_of(s, before, tail);
    if (s->slots[at]) return s->slots[at] - 1;
    if (!limits_grow(s->limits, &s->strings, &s->string_capacity, s->string_count + 1,
                     sizeof *s->strings))
        return LINEAR_NONE;
    const uint32_t state = (uint32_t)s->string_count++;
    s->strings[state] = (struct linear_string){.size = s->strings[before].size + size,
                                               .before = before,
                                               .tail = tail,
                                               .compared = LINEAR_NONE};
    s->slots[at] = state + 1;
    return state;
}

static uint32_t initial(struct linear_states *s) {
    if (s->string_count == 0) {
        if (!limits_grow(s->limits, &s->strings, &s->string_capacity, 1, sizeof *s->strings))
            return LINEAR_NONE;
        s->strings[s->string_count++] = (struct linear_string){.compared = LINEAR_NONE};
    }
    return EMPTY;
}

/* Is the string a beginning of the value? */
static bool begins(struct linear_states *s, uint32_t state, uint32_t value) {
    struct linear_string *first = &s->strings[state];
    size_t size, tail_size;
    const char *text = inside(s, value, &size);
    if (first->compared == value) return first->begins;
    bool equal = first->size <= size;
    for (uint32_t at = state; equal && at != EMPTY; at = s->strings[at].before) {
        const struct linear_string *string = &s->strings[at];
        if (string->compared == value) {
            equal = string->begins;
            break;
        }
        const char *tail = inside(s, string->tail, &tail_size);
        equal = memcmp(text + s->strings[string->before].size, tail, tail_size) == 0;
        limits_charge(s->limits, 1 + tail_size / 256);
    }
    first->compared = value;
    first->begins = equal;
    return equal;
}

/* ---- the specification ---- */

static uint32_t step(struct linear_states *s, uint32_t state, const struct linear_op *op) {
    if (op->kind == PUT) return op->makes;
    if (op->kind == APPEND) return join(s, state, op->a);
    size_t size;
    inside(s, op->a, &size);
    return s->strings[state].size == size && begins(s, state, op->a) ? state : LINEAR_NONE;
}

/* Appends only add to the end, so what a get sees begins with the state that it comes from. */
static bool leads(struct linear_states *s, uint32_t state, const struct linear_op *get) {
    return begins(s, state, get->a);
}

/* Until the next put, which nothing survives, every string has what was put or appended in it. */
static bool sees(struct linear_states *s, const struct linear_op *get, const struct linear_op *op) {
    size_t size, part_size;
    const char *text = inside(s, get->a, &size), *part = inside(s, op->a, &part_size);
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
        text_add(wrong, "found a %s of %s; expected a string%s", f, names_string(values, value),
                 gets ? ", \"\" where the key is absent" : "");
        return LINEAR_WRONG;
    }
    if (!gets && o->end == OPERATION_OK && o->told != o->asked && o->told != VALUE_NULL) {
        s->wrong_line = o->ended_line;
        text_add(wrong, "found a %s of %s; expected what it was invoked with, or null", f,
                 names_string(values, o->told));
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
    if (puts) op->makes = join(s, EMPTY, value);
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
        inside(s, op->a, &size);
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
    const char *text = inside(s, value, &size);
    uint32_t found = size == 0 ? EMPTY : LINEAR_NONE;
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
            const uint32_t origin = role == PUT_HERE ? join(s, EMPTY, beginning) : EMPTY;
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

static void describe(struct linear_states *s, const struct linear_op *op, struct text *text) {
    static const char *const words[] = {[GET] = "get", [PUT] = "put", [APPEND] = "append"};
    text_add(text, "%s %s", words[op->kind], names_string(&s->history->values, op->a));
}

static void describe_state(const struct linear_states *s, uint32_t state, struct text *text) {
    struct text reversed = {0}; /* the links from the last to the first, as numbers */
    for (uint32_t at = state; at != EMPTY; at = s->strings[at].before)
        text_add_bytes(&reversed, &s->strings[at].tail, sizeof(uint32_t));
    text_add_char(text, '"');
    for (size_t left = reversed.size; left > 0; left -= sizeof(uint32_t)) {
        uint32_t tail;
        size_t size;
        memcpy(&tail, reversed.data + left - sizeof tail, sizeof tail);
        const char *part = inside(s, tail, &size);
        text_add_bytes(text, part, size);
    }
    text_add_char(text, '"');
    text_free(&reversed);
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
                                      .describe_state = describe_state};
