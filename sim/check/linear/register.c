/*
 * A register, with and without compare-and-swap. A state is a value: its number in a table of JSON
 * texts.
 *
 * What a register does is the function `step`, five lines; the rest says which operation of a
 * history is which. An rmw reads what it returned and writes what it was invoked with, so one that
 * is ok is a cas; one of unknown outcome may have read anything, and is a write. A cas of unknown
 * outcome that found another value did nothing, which is as if it had never happened.
 */
#include <string.h>

#include "check/brief.h"
#include "check/json_scan.h"
#include "check/linear/spec.h"

enum kind { READ, WRITE, CAS, MISMATCH };

static uint32_t step(struct linear_states *s, uint32_t state, const struct linear_op *op) {
    (void)s;
    switch ((enum kind)op->kind) {
    case READ: return state == op->a ? state : LINEAR_NONE;
    case WRITE: return op->a;
    case CAS: return state == op->a ? op->b : LINEAR_NONE;
    case MISMATCH: return state != op->a ? state : LINEAR_NONE;
    }
    return LINEAR_NONE;
}

static struct linear_op op_of(enum kind kind, uint32_t a, uint32_t b) {
    struct linear_op op = {.kind = (uint8_t)kind, .observes = kind != WRITE, .a = a, .b = b};
    op.pure = kind == READ || kind == MISMATCH || (kind == CAS && a == b);
    op.needs = kind == READ || kind == CAS ? a : LINEAR_NONE;
    op.makes = kind == WRITE ? a : kind == CAS ? b : LINEAR_NONE;
    return op;
}

static bool state_of(struct linear_states *s, const char *json, size_t size, uint32_t *state) {
    return names_number(&s->texts, s->limits, json, size, state);
}
static bool state_of_value(struct linear_states *s, uint32_t value, uint32_t *state) {
    const char *json = names_string(&s->history->values, value);
    return state_of(s, json, strlen(json), state);
}
static uint32_t initial(struct linear_states *s) {
    uint32_t state;
    return state_of_value(s, VALUE_NULL, &state) ? state : LINEAR_NONE;
}

/* ---- which operation of the history is which ---- */

static enum linear_take wrong(struct linear_states *s, struct text *text, uint32_t line,
                              const struct operation *o, uint32_t value, const char *expected) {
    s->wrong_line = line;
    text_add(text, "found a %s of ", names_string(&s->history->functions, o->f));
    brief_add(text, names_string(&s->history->values, value),
              names_size(&s->history->values, value), BRIEF_WORDS);
    text_add(text, "; expected %s", expected);
    return LINEAR_WRONG;
}

static enum linear_take one(struct linear_states *s, enum kind kind, uint32_t value,
                            struct linear_op *op) {
    uint32_t state;
    if (!state_of_value(s, value, &state)) return LINEAR_LIMIT;
    *op = op_of(kind, state, state);
    return LINEAR_TAKEN;
}

/* What completes a write or a cas says again what it wrote, or nothing. */
static bool says_the_same(const struct operation *o) {
    return o->end != OPERATION_OK || o->told == o->asked || o->told == VALUE_NULL;
}

static enum linear_take take_rmw(struct linear_states *s, const struct operation *o,
                                 enum operation_end end, struct linear_op *op) {
    uint32_t before, after;
    if (end != OPERATION_OK) return one(s, WRITE, o->asked, op);
    if (!state_of_value(s, o->told, &before) || !state_of_value(s, o->asked, &after))
        return LINEAR_LIMIT;
    *op = op_of(CAS, before, after);
    return LINEAR_TAKEN;
}

/* [old,new], each as JSON into its half of the text. */
static bool split_pair(const char *json, struct text *pair, size_t *old_size) {
    struct json_scan scan = json_scan_over(json, strlen(json));
    if (!json_scan_takes(&scan, '[') || !json_scan_value(&scan, pair) ||
        !json_scan_takes(&scan, ','))
        return false;
    *old_size = pair->size;
    return json_scan_value(&scan, pair) && json_scan_takes(&scan, ']') && scan.at == scan.end;
}

static enum linear_take take_cas(struct linear_states *s, const struct operation *o,
                                 enum operation_end end, struct linear_op *op, struct text *text) {
    struct text pair = {0};
    size_t old_size = 0;
    uint32_t before, after;
    enum linear_take taken = LINEAR_LIMIT;
    const bool observed = end == OPERATION_FAIL && o->error != NAMES_NONE &&
                          strcmp(names_string(&s->history->errors, o->error), "\"mismatch\"") == 0;
    if (!split_pair(names_string(&s->history->values, o->asked), &pair, &old_size))
        taken = wrong(s, text, o->invoked_line, o, o->asked, "a pair, [old,new]");
    else if (end == OPERATION_FAIL && !observed)
        taken = LINEAR_SAYS_NOTHING;
    else if (state_of(s, pair.data, old_size, &before) &&
             state_of(s, pair.data + old_size, pair.size - old_size, &after)) {
        *op = op_of(observed ? MISMATCH : CAS, before, after);
        taken = LINEAR_TAKEN;
    }
    text_free(&pair);
    return taken;
}

static enum linear_take take(struct linear_states *s, const struct operation *o,
                             enum operation_end end, struct linear_op *op, struct text *text,
                             bool has_cas) {
    const char *f = names_string(&s->history->functions, o->f);
    const bool writes = strcmp(f, "write") == 0, swaps = has_cas && strcmp(f, "cas") == 0;
    if (strcmp(f, "scan") == 0) return LINEAR_PASSED_OVER;
    if (strcmp(f, "read") == 0)
        return end == OPERATION_OK ? one(s, READ, o->told, op) : LINEAR_SAYS_NOTHING;
    if ((writes || swaps) && !says_the_same(o))
        return wrong(s, text, o->ended_line, o, o->told, "what it was invoked with, or null");
    if (swaps) return take_cas(s, o, end, op, text);
    if (writes || strcmp(f, "rmw") == 0) {
        if (end == OPERATION_FAIL) return LINEAR_SAYS_NOTHING;
        return writes ? one(s, WRITE, o->asked, op) : take_rmw(s, o, end, op);
    }
    s->wrong_line = o->invoked_line;
    text_add(text, "found the operation \"%s\"; expected read, write, %srmw or scan", f,
             has_cas ? "cas, " : "");
    return LINEAR_WRONG;
}

static enum linear_take take_register(struct linear_states *s, const struct operation *o,
                                      enum operation_end end, struct linear_op *op,
                                      struct text *text) {
    return take(s, o, end, op, text, false);
}
static enum linear_take take_cas_register(struct linear_states *s, const struct operation *o,
                                          enum operation_end end, struct linear_op *op,
                                          struct text *text) {
    return take(s, o, end, op, text, true);
}

/* ---- in words ---- */

static bool describe_state(const struct linear_states *s, uint32_t state, size_t whole_max,
                           struct text *text) {
    return brief_add(text, names_string(&s->texts, state), names_size(&s->texts, state), whole_max);
}

static void describe(struct linear_states *s, const struct linear_op *op, size_t whole_max,
                     struct text *text) {
    static const char *const words[] = {
        [READ] = "read ", [WRITE] = "write ", [CAS] = "", [MISMATCH] = "saw other than "};
    text_add(text, "%s", words[op->kind]);
    describe_state(s, op->a, whole_max, text);
    if (op->kind != CAS) return;
    text_add(text, " to ");
    describe_state(s, op->b, whole_max, text);
}

const struct linear_spec linear_register = {.name = "register",
                                            .operations = "read, write or rmw",
                                            .initial = initial,
                                            .take = take_register,
                                            .step = step,
                                            .describe = describe,
                                            .describe_state = describe_state};
const struct linear_spec linear_cas_register = {.name = "cas-register",
                                                .operations = "read, write, cas or rmw",
                                                .initial = initial,
                                                .take = take_cas_register,
                                                .step = step,
                                                .describe = describe,
                                                .describe_state = describe_state};
