/* See bench_map.h. A state is a text: the numbers of ten strings (check/linear/strings.h). */
#include "bench_map.h"

#include <stdlib.h>
#include <string.h>

#include "check/linear/judge.h"
#include "check/linear/strings.h"

enum kind { GET, PUT, APPEND };
struct map {
    uint32_t strings[BENCH_MAP_KEYS];
};

static uint32_t state_of(struct linear_states *s, const struct map *m) {
    struct text text = {0};
    uint32_t state;
    for (int i = 0; i < BENCH_MAP_KEYS; i++) text_add(&text, "%u ", m->strings[i]);
    if (!names_number(&s->texts, s->limits, text.data, text.size, &state)) state = LINEAR_NONE;
    text_free(&text);
    return state;
}

static struct map map_of(const struct linear_states *s, uint32_t state) {
    struct map m;
    char *at = s->texts.bytes + s->texts.begin[state];
    for (int i = 0; i < BENCH_MAP_KEYS; i++) m.strings[i] = (uint32_t)strtoul(at, &at, 10);
    return m;
}

static uint32_t initial(struct linear_states *s) {
    const struct map empty = {{STRING_EMPTY}};
    return string_first(s) ? state_of(s, &empty) : LINEAR_NONE;
}

static enum linear_take take(struct linear_states *s, const struct operation *o,
                             enum operation_end end, struct linear_op *op, struct text *wrong) {
    const char *f = names_string(&s->history->functions, o->f);
    const enum kind kind = strcmp(f, "get") == 0 ? GET : strcmp(f, "put") == 0 ? PUT : APPEND;
    (void)wrong;
    if (end == OPERATION_FAIL || (kind == GET && end != OPERATION_OK)) return LINEAR_SAYS_NOTHING;
    *op = (struct linear_op){.kind = (uint8_t)kind,
                             .observes = kind == GET,
                             .pure = kind == GET,
                             .a = kind == GET ? o->told : o->asked,
                             .b = o->client,
                             .needs = LINEAR_NONE,
                             .makes = LINEAR_NONE};
    return LINEAR_TAKEN;
}

static uint32_t step(struct linear_states *s, uint32_t state, const struct linear_op *op) {
    struct map m = map_of(s, state);
    uint32_t *string = &m.strings[op->b];
    if (op->kind == GET) {
        size_t size;
        string_inside(s, op->a, &size);
        const bool saw = s->strings[*string].size == size && string_begins(s, *string, op->a);
        return saw ? state : LINEAR_NONE;
    }
    *string = string_join(s, op->kind == PUT ? STRING_EMPTY : *string, op->a);
    return *string == LINEAR_NONE ? LINEAR_NONE : state_of(s, &m);
}

/* A put of this key leads anywhere. */
static bool leads(struct linear_states *s, uint32_t state, const struct linear_op *get) {
    (void)s;
    (void)state;
    (void)get;
    return true;
}

static const struct linear_spec linear_map = {.name = "map",
                                              .operations = "get, put or append",
                                              .initial = initial,
                                              .take = take,
                                              .step = step,
                                              .leads = leads};

static void judge(const struct history *h, struct limits *l, struct check_result *r) {
    linear_judge(&linear_map, h, l, r);
}
const struct check_spec bench_map_spec = {.name = "map", .summary = "", .judge = judge};

/* A benchmark names no clients: their numbers are those of the keys. */
void bench_map_join_keys(struct history *h) {
    for (size_t i = 0; i < h->count; i++) {
        h->operations[i].client = h->operations[i].key - 1;
        h->operations[i].key = VALUE_NULL;
    }
}
